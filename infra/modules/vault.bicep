// Where Twilio's secrets are. Nothing here puts one in: people do, with `az keyvault secret set`.

import { resourceTags } from 'types.bicep'

@description('Required. The name of the vault.')
param name string

@description('Required. The Azure region.')
param location string

@description('Required. The tags of every resource.')
param tags resourceTags

@description('Required. Whether a deleted vault of this name is brought back.')
param recover bool

@description('Required. Where it is logged who read which secret, and who was refused.')
param workspaceId string

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    createMode: recover ? 'recover' : 'default'
    enableRbacAuthorization: true
    enableSoftDelete: true
    // A deleted vault keeps its name for this long and cannot be purged: the shortest that Azure allows.
    softDeleteRetentionInDays: 7
    enablePurgeProtection: true
    // Open to the network, closed to whoever has no role: docs/security.md says why.
    publicNetworkAccess: 'Enabled'
    networkAcls: { bypass: 'AzureServices', defaultAction: 'Allow' }
  }
}

resource readers 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}

@description('Its URL.')
output url string = vault.properties.vaultUri
