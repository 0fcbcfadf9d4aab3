// Switchboard on Azure, from an empty subscription: read it from top to bottom.
// What each environment variable sets is in main.bicepparam; how to deploy it, in docs/operating.md.

targetScope = 'subscription'

import { optionalSettings, settingsByName } from 'modules/types.bicep'

@description('Required. The name of this deployment. Everything that is made carries it or a hash of it.')
@minLength(1)
@maxLength(60)
param environmentName string

@description('Required. The Azure region, one that has Flex Consumption: `az functionapp list-flexconsumption-locations`.')
@minLength(1)
param location string

@description('Required. Object id of who deploys: a person, a group or an application. It is an operator too.')
@minLength(1)
param deployerPrincipalId string

@description('Required. Object ids of operators, the deployer among them: they set secrets, read and write queues and tables.')
@minLength(1)
param operatorPrincipalIds string[]

@description('Required. The account that calls and texts are made in: AC and 32 hex digits.')
@minLength(34)
@maxLength(34)
param twilioAccountSid string

@description('Required. The other settings that the app reads. An empty one is not set, and the app takes its default.')
param settings optionalSettings

@description('Optional. Settings of numbers.toml (PINs) and flows.py (FLOW_…), by name. A secret is a Key Vault reference.')
param teamSettings settingsByName = {}

@description('Optional. Object ids of applications that push commands onto the outboxes.')
param pusherPrincipalIds string[] = []

@description('Optional. Object ids of applications that take events from the queue `events`.')
param consumerPrincipalIds string[] = []

@description('Optional. The address that alerts are mailed to. Empty: none.')
param alertEmail string = ''

@description('Optional. Copies of storage: in three zones (Standard_ZRS); in one place, where the region has no zones (Standard_LRS).')
@allowed(['Standard_ZRS', 'Standard_LRS', 'Standard_GZRS'])
param storageSku string = 'Standard_ZRS'

@description('Optional. Memory of an instance in MB: 512, 2048 or 4096. The price of a second depends on it.')
@minValue(512)
@maxValue(4096)
param instanceMemoryMB int = 2048

// HTTP is one group, each queue another. For HTTP Azure does not enforce it as a hard limit (azure-functions-host#11790),
// and some regions refuse less than 40 (azure-functions-host#10523).
@description('Optional. The most on-demand instances of each group of functions: 40 to 1000, in some regions less than 40.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 100

@description('Optional. Requests that an instance answers at once. The default for Python in Azure is 1: two callers would be two cold starts.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 16

// Each is paid by the second, busy or not, and without the monthly free grant: docs/operating.md has the arithmetic.
@description('Optional. Instances that wait for requests, so that no caller waits for a cold start.')
@minValue(0)
@maxValue(1000)
param alwaysReadyHttpInstances int = 0

// RollingUpdate lets requests in progress end. It is a preview, which Microsoft does not recommend for production.
@description('Optional. How a deployment replaces running instances. Recreate stops them at once.')
@allowed(['Recreate', 'RollingUpdate'])
param siteUpdateStrategy string = 'Recreate'

@description('Optional. GB of logs a day after which no more are taken until the next day; -1 for no cap.')
@minValue(-1)
param dailyLogCapGb int = 5

@description('Optional. Monthly cost, in the currency of the invoice, that a mail warns of; 0 for no budget.')
@minValue(0)
param monthlyBudget int = 0

@description('Optional. The first day of the month in which the budget is made, as 2026-12-01. It cannot be changed later.')
param budgetStart string = ''

@description('Optional. True brings back a Key Vault of this name that was deleted within seven days; false otherwise.')
param recoverKeyVault bool = false

var tags = { 'azd-env-name': environmentName }
var suffix = uniqueString(subscription().id, environmentName, location)
// Known before anything is made, so that `az deployment sub what-if` shows what a deployment would change.
var names = {
  identity: 'id-${suffix}'
  workspace: 'log-${suffix}'
  insights: 'appi-${suffix}'
  storage: 'st${suffix}'
  vault: 'kv-${suffix}'
  plan: 'plan-${suffix}'
  app: 'func-${suffix}'
}
var deploymentContainer = 'deployments'

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
  params: {
    workspaceName: names.workspace
    insightsName: names.insights
    location: location
    tags: tags
    dailyCapGb: dailyLogCapGb
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    name: names.storage
    location: location
    tags: tags
    sku: storageSku
    deploymentContainer: deploymentContainer
  }
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
  dependsOn: [monitoring, storage, vault]
  params: {
    // `what-if` cannot show these assignments on a first deployment: the identity has no principal before it is made.
    #disable-next-line what-if-short-circuiting
    appPrincipalId: identity.outputs.principalId
    deployerPrincipalId: deployerPrincipalId
    deploymentContainer: deploymentContainer
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
  // A host that starts before its roles fails to reach its storage, and logs it nowhere.
  dependsOn: [roles]
  params: {
    planName: names.plan
    name: names.app
    location: location
    tags: tags
    identityName: names.identity
    storageName: names.storage
    deploymentContainer: deploymentContainer
    insightsName: names.insights
    vaultUrl: vault.outputs.url
    twilioAccountSid: twilioAccountSid
    settings: settings
    teamSettings: teamSettings
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    httpConcurrency: httpConcurrency
    alwaysReadyHttpInstances: alwaysReadyHttpInstances
    siteUpdateStrategy: siteUpdateStrategy
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

// Without all three there is none: Azure wants the start, and nobody would get the mail.
var hasBudget = monthlyBudget > 0 && !empty(budgetStart) && !empty(alertEmail)

module budget 'modules/budget.bicep' = if (hasBudget) {
  scope: group
  params: { amount: monthlyBudget, start: budgetStart, email: alertEmail }
}

var origin = empty(settings.PUBLIC_BASE_URL) ? app.outputs.origin : settings.PUBLIC_BASE_URL

@description('The resource group that everything is in.')
output AZURE_RESOURCE_GROUP string = group.name

@description('The function app, for `func azure functionapp publish`.')
output AZURE_FUNCTION_APP_NAME string = names.app

@description('The vault that the secret `twilio-auth-token` is put into.')
output KEY_VAULT_NAME string = names.vault

@description('The same, as the app reads it.')
output KEY_VAULT_URL string = vault.outputs.url

@description('The storage account.')
output AZURE_STORAGE_ACCOUNT string = names.storage

@description('The container that a deployment is put into.')
output DEPLOYMENT_CONTAINER string = deploymentContainer

@description('Where the queues are.')
output QUEUE_ENDPOINT string = storage.outputs.queueEndpoint

@description('Where the tables are.')
output TABLE_ENDPOINT string = storage.outputs.tableEndpoint

@description('Reports what is still missing.')
output HEALTH_URL string = '${origin}/api/health'

@description('What Twilio calls when a call comes in.')
output VOICE_WEBHOOK_URL string = '${origin}/api/voice/incoming'

@description('What Twilio calls when a text comes in. It repeats the request when that fails.')
output SMS_WEBHOOK_URL string = '${origin}/api/sms/incoming#rc=3&rp=all'

@description('What Twilio calls when the state of a call changes. It repeats the request when that fails.')
output CALL_STATUS_WEBHOOK_URL string = '${origin}/api/status/call#rc=3&rp=all'

@description('The address that alerts are mailed to.')
output ALERTS_GO_TO string = empty(alertEmail)
  ? 'nobody: set ALERT_EMAIL and deploy again, or look at the alerts in the portal'
  : alertEmail

@description('The budget that a mail warns of.')
output BUDGET string = hasBudget
  ? '${monthlyBudget} a month since ${budgetStart}'
  : 'none: set MONTHLY_BUDGET, BUDGET_START (the first of this month, as 2026-12-01) and ALERT_EMAIL, and deploy again'
