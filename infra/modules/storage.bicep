// The queues and tables of docs/guide.md, and the container that a deployment is put into. There are no keys.

import { resourceTags } from 'types.bicep'

@description('Required. The name of the account.')
param name string

@description('Required. The Azure region.')
param location string

@description('Required. The tags of every resource.')
param tags resourceTags

@description('Required. How it is kept.')
param sku string

@description('Required. The container that a deployment is put into.')
param deploymentContainer string

var queueNames = [
  'sms-outbox'
  'call-outbox'
  'events'
  'sms-outbox-poison'
  'call-outbox-poison'
  'dead-letter'
]
var tableNames = ['deliveries', 'optouts']

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    // Open to the network, closed to whoever has no role: docs/security.md says why.
    publicNetworkAccess: 'Enabled'
    networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow' }
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource deployments 'containers' = {
      name: deploymentContainer
      properties: { publicAccess: 'None' }
    }
  }

  resource queues 'queueServices' = {
    name: 'default'

    resource all 'queues' = [for queue in queueNames: { name: queue }]
  }

  resource tables 'tableServices' = {
    name: 'default'

    resource all 'tables' = [for table in tableNames: { name: table }]
  }
}

@description('Where the queues are.')
output queueEndpoint string = account.properties.primaryEndpoints.queue

@description('Where the tables are.')
output tableEndpoint string = account.properties.primaryEndpoints.table
