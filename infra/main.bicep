// Switchboard on Azure, from an empty subscription: read it from top to bottom.
// What each environment variable sets is in main.bicepparam; how to deploy it, in docs/operating.md.

targetScope = 'subscription'

import { optionalSettings } from 'modules/types.bicep'

@description('Required. The name of this deployment. Everything that is made carries it or a hash of it.')
@minLength(1)
@maxLength(60)
param environmentName string

@description('Required. The Azure region, one that has Flex Consumption: `az functionapp list-flexconsumption-locations`.')
@minLength(1)
param location string

@description('Required. Object ids of those who operate it, the deployer among them: they set secrets, read and write queues and tables.')
@minLength(1)
param operatorPrincipalIds string[]

@description('Required. The account that calls and texts are made in: AC and 32 hex digits.')
@minLength(34)
@maxLength(34)
param twilioAccountSid string

@description('Required. The other settings that the app reads. An empty one is not set, and the app takes its default.')
param settings optionalSettings

@description('Optional. Object ids of applications that push commands onto the outboxes.')
param pusherPrincipalIds string[] = []

@description('Optional. Object ids of applications that take events from the queue `events`.')
param consumerPrincipalIds string[] = []

@description('Optional. Who is told of an alert by e-mail. Empty: nobody.')
param alertEmail string = ''

@description('Optional. How storage is kept: in three zones, or in one place where the region has no zones (Standard_LRS).')
@allowed(['Standard_ZRS', 'Standard_LRS', 'Standard_GZRS'])
param storageSku string = 'Standard_ZRS'

@description('Optional. Memory of an instance in MB: 512, 2048 or 4096. It is what the price of a second depends on.')
@minValue(512)
@maxValue(4096)
param instanceMemoryMB int = 2048

@description('Optional. The most instances of each group of functions. It bounds the bill, not the rate of requests.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 100

@description('Optional. Requests that an instance answers at once. The default for Python in Azure is 1: two callers would be two cold starts.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 16

// Each is paid by the second, busy or not, and without the monthly free grant: docs/operating.md has the arithmetic.
@description('Optional. Instances that wait for requests, so that no caller meets a cold start.')
@minValue(0)
@maxValue(1000)
param alwaysReadyHttpInstances int = 0

@description('Optional. True brings back a Key Vault of this name that was deleted within seven days; false otherwise.')
param recoverKeyVault bool = false

var tags = { 'azd-env-name': environmentName }
var suffix = uniqueString(subscription().id, environmentName, location)
// Known before anything is made, so that `az deployment sub what-if` can tell all that a deployment would change.
var names = {
  identity: 'id-${suffix}'
  workspace: 'log-${suffix}'
  insights: 'appi-${suffix}'
  storage: 'st${suffix}'
  vault: 'kv-${suffix}'
  plan: 'plan-${suffix}'
  app: 'func-${suffix}'
}

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: { name: names.identity, location: location, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: { workspaceName: names.workspace, insightsName: names.insights, location: location, tags: tags }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: { name: names.storage, location: location, tags: tags, sku: storageSku }
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    name: names.vault
    location: location
    tags: tags
    recover: recoverKeyVault
    workspaceId: monitoring.outputs.workspaceId
  }
}

module roles 'modules/roles.bicep' = {
  scope: group
  dependsOn: [identity, monitoring, storage, vault]
  params: {
    identityName: names.identity
    storageName: names.storage
    vaultName: names.vault
    insightsName: names.insights
    operatorPrincipalIds: operatorPrincipalIds
    pusherPrincipalIds: pusherPrincipalIds
    consumerPrincipalIds: consumerPrincipalIds
  }
}

module app 'modules/app.bicep' = {
  scope: group
  // A host that starts before its roles keeps failing to reach its storage, and says so to nobody.
  dependsOn: [roles]
  params: {
    planName: names.plan
    name: names.app
    location: location
    tags: tags
    identityName: names.identity
    storageName: names.storage
    deploymentContainer: storage.outputs.deploymentContainer
    insightsName: names.insights
    vaultUrl: vault.outputs.url
    twilioAccountSid: twilioAccountSid
    settings: settings
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    httpConcurrency: httpConcurrency
    alwaysReadyHttpInstances: alwaysReadyHttpInstances
  }
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: { location: location, tags: tags, workspaceId: monitoring.outputs.workspaceId, email: alertEmail }
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  params: { location: location, tags: tags, workspaceId: monitoring.outputs.workspaceId }
}

var origin = empty(settings.PUBLIC_BASE_URL) ? app.outputs.origin : settings.PUBLIC_BASE_URL

@description('The resource group that everything is in.')
output AZURE_RESOURCE_GROUP string = group.name

@description('The function app, as `func azure functionapp publish` wants it.')
output AZURE_FUNCTION_APP_NAME string = names.app

@description('The vault that the secret `twilio-auth-token` is put into.')
output KEY_VAULT_NAME string = names.vault

@description('The same, as the app reads it.')
output KEY_VAULT_URL string = vault.outputs.url

@description('Where the queues are.')
output QUEUE_ENDPOINT string = storage.outputs.queueEndpoint

@description('Where the tables are.')
output TABLE_ENDPOINT string = storage.outputs.tableEndpoint

@description('Says what is still missing.')
output HEALTH_URL string = '${origin}/api/health'

@description('What Twilio calls when a call comes in.')
output VOICE_WEBHOOK_URL string = '${origin}/api/voice/incoming'

@description('What Twilio calls when a text comes in. It comes again when that fails.')
output SMS_WEBHOOK_URL string = '${origin}/api/sms/incoming#rc=3&rp=all'

@description('What Twilio calls when a call comes to a state. It comes again when that fails.')
output CALL_STATUS_WEBHOOK_URL string = '${origin}/api/status/call#rc=3&rp=all'

@description('Who is told of alerts.')
output ALERTS_GO_TO string = empty(alertEmail)
  ? 'nobody: set ALERT_EMAIL and deploy again, or look at the alerts in the portal'
  : alertEmail
