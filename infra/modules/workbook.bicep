// One page to look at: texts and calls by the hour, how they ended, how long they took, who was refused.

import { resourceTags } from 'types.bicep'

@description('Required. The Azure region.')
param location string

@description('Required. The tags of every resource.')
param tags resourceTags

@description('Required. What it queries.')
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    category: 'workbook'
    displayName: 'Switchboard'
    serializedData: replace(loadTextContent('../workbook.json'), '<workspace>', workspaceId)
    sourceId: workspaceId
  }
}
