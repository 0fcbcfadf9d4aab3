// Where what the app logs is kept. Only identities of Microsoft Entra write to it or read from it.

import { resourceTags } from 'types.bicep'

@description('Required. The name of the Log Analytics workspace.')
param workspaceName string

@description('Required. The name of the Application Insights component.')
param insightsName string

@description('Required. The Azure region.')
param location string

@description('Required. The tags of every resource.')
param tags resourceTags

@description('Required. GB of logs a day after which the workspace takes no more until the next day; -1 for no cap.')
param dailyCapGb int

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
    workspaceCapping: { dailyQuotaGb: dailyCapGb }
    features: { disableLocalAuth: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

@description('What alerts and the workbook query.')
output workspaceId string = workspace.id
