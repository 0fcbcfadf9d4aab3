// Who may do what, all of it. Each is the least that works; docs/security.md has the same as a table.
// An assignment's name is made of its scope, principal and role: Azure refuses to give an existing one to another principal.

@description('Required. The storage account.')
param storageName string

@description('Required. The vault.')
param vaultName string

@description('Required. The Application Insights component.')
param insightsName string

@description('Required. Object id of the identity that the app is.')
param appPrincipalId string

@description('Required. Object id of who deploys: a person, a group or an application.')
param deployerPrincipalId string

@description('Required. The container that a deployment is put into.')
param deploymentContainer string

@description('Required. Object ids of people, groups or applications that operate it.')
param operatorPrincipalIds string[]

@description('Required. Object ids of applications that push commands.')
param pusherPrincipalIds string[]

@description('Required. Object ids of applications that take events.')
param consumerPrincipalIds string[]

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
var definitions = 'Microsoft.Authorization/roleDefinitions'
var blobDataOwner = subscriptionResourceId(definitions, 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b')
var blobDataContributor = subscriptionResourceId(definitions, 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')
var queueDataContributor = subscriptionResourceId(definitions, '974c5e8b-45b9-4653-ba55-5f855dd0fb88')
var queueDataMessageSender = subscriptionResourceId(definitions, 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a')
var queueDataMessageProcessor = subscriptionResourceId(definitions, '8a0f0c08-91a1-4084-bc3d-661d67233fed')
var tableDataContributor = subscriptionResourceId(definitions, '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3')
var secretsUser = subscriptionResourceId(definitions, '4633458b-17de-408a-b874-0445c86b69e6')
var secretsOfficer = subscriptionResourceId(definitions, 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7')
var metricsPublisher = subscriptionResourceId(definitions, '3913510d-42f4-4e42-8a64-420c390055eb')

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource deployments 'containers' existing = { name: deploymentContainer }
  }

  resource queues 'queueServices' existing = {
    name: 'default'

    resource smsOutbox 'queues' existing = { name: 'sms-outbox' }
    resource callOutbox 'queues' existing = { name: 'call-outbox' }
    resource events 'queues' existing = { name: 'events' }
  }
}

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = { name: vaultName }

resource insights 'Microsoft.Insights/components@2020-02-02' existing = { name: insightsName }

// The app

@description('Its deployment, and what the Functions host keeps: leases, and the keys of functions.')
resource appOwnsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, appPrincipalId, blobDataOwner)
  scope: storage
  properties: {
    roleDefinitionId: blobDataOwner
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

@description('Takes commands, writes events. Without it a queue trigger never fires, and no error is logged.')
resource appReadsAndWritesQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, appPrincipalId, queueDataContributor)
  scope: storage
  properties: {
    roleDefinitionId: queueDataContributor
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

@description('The record of deliveries, and who opted out.')
resource appReadsAndWritesTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, appPrincipalId, tableDataContributor)
  scope: storage
  properties: {
    roleDefinitionId: tableDataContributor
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

@description('Reads secrets, and can neither write nor list the vault\'s other kinds.')
resource appReadsSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, appPrincipalId, secretsUser)
  scope: vault
  properties: {
    roleDefinitionId: secretsUser
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

@description('Logs.')
resource appLogs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, appPrincipalId, metricsPublisher)
  scope: insights
  properties: {
    roleDefinitionId: metricsPublisher
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
  }
}

@description('Sees when new roles are in effect, by writing a test blob: infra/hooks/wait-for-roles.')
resource deployerWritesDeployments 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage::blobs::deployments.id, deployerPrincipalId, blobDataContributor)
  scope: storage::blobs::deployments
  properties: { roleDefinitionId: blobDataContributor, principalId: deployerPrincipalId }
}

// Operators. No principalType: it may be a person, a group, or the identity of a workflow, and azd does not say which.

@description('Set and rotate secrets. An owner of the subscription has no access to them without.')
resource operatorsSetSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for id in operatorPrincipalIds: {
    name: guid(vault.id, id, secretsOfficer)
    scope: vault
    properties: { roleDefinitionId: secretsOfficer, principalId: id }
  }
]

@description('Push a command by hand, read dead letters, put them back.')
resource operatorsReadAndWriteQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for id in operatorPrincipalIds: {
    name: guid(storage.id, id, queueDataContributor)
    scope: storage
    properties: { roleDefinitionId: queueDataContributor, principalId: id }
  }
]

@description('Look deliveries up, resolve them, and keep the list of who opted out.')
resource operatorsReadAndWriteTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for id in operatorPrincipalIds: {
    name: guid(storage.id, id, tableDataContributor)
    scope: storage
    properties: { roleDefinitionId: tableDataContributor, principalId: id }
  }
]

// Your systems, each on its queues alone

@description('May add a text, and neither read nor delete one.')
resource pushersAddTexts 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for id in pusherPrincipalIds: {
    name: guid(storage::queues::smsOutbox.id, id, queueDataMessageSender)
    scope: storage::queues::smsOutbox
    properties: { roleDefinitionId: queueDataMessageSender, principalId: id }
  }
]

@description('May add a call, and neither read nor delete one.')
resource pushersAddCalls 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for id in pusherPrincipalIds: {
    name: guid(storage::queues::callOutbox.id, id, queueDataMessageSender)
    scope: storage::queues::callOutbox
    properties: { roleDefinitionId: queueDataMessageSender, principalId: id }
  }
]

@description('May take events and delete them, and not add one.')
resource consumersTakeEvents 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for id in consumerPrincipalIds: {
    name: guid(storage::queues::events.id, id, queueDataMessageProcessor)
    scope: storage::queues::events
    properties: { roleDefinitionId: queueDataMessageProcessor, principalId: id }
  }
]
