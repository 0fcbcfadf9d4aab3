// The plan and the function app. Identity only: no key and no connection string that opens anything.

import { optionalSettings, resourceTags, settingsByName } from 'types.bicep'

@description('Required. The name of the plan.')
param planName string

@description('Required. The name of the app.')
param name string

@description('Required. The Azure region.')
param location string

@description('Required. The tags of every resource.')
param tags resourceTags

@description('Required. The identity that the app is.')
param identityName string

@description('Required. The storage account.')
param storageName string

@description('Required. The container that a deployment is put into.')
param deploymentContainer string

@description('Required. The Application Insights component.')
param insightsName string

@description('Required. The vault.')
param vaultUrl string

@description('Required. The account that calls and texts are made in.')
param twilioAccountSid string

@description('Required. The settings that may be absent; empty ones are.')
param settings optionalSettings

@description('Required. The settings of numbers.toml and flows.py.')
param teamSettings settingsByName

@description('Required. Memory of an instance.')
param instanceMemoryMB int

@description('Required. The most instances of each group of functions.')
param maximumInstanceCount int

@description('Required. Requests that an instance answers at once.')
param httpConcurrency int

@description('Required. Instances that wait for requests.')
param alwaysReadyHttpInstances int

@description('Required. How a deployment replaces running instances.')
param siteUpdateStrategy 'Recreate' | 'RollingUpdate'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = { name: identityName }

resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = { name: storageName }

resource insights 'Microsoft.Insights/components@2020-02-02' existing = { name: insightsName }

var required = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.properties.clientId
  AzureWebJobsStorage__blobServiceUri: storage.properties.primaryEndpoints.blob
  AzureWebJobsStorage__queueServiceUri: storage.properties.primaryEndpoints.queue
  AzureWebJobsStorage__tableServiceUri: storage.properties.primaryEndpoints.table
  // Where to report, which is no credential: local authentication is off, so the identity is what is asked for.
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
  // With these two, DefaultAzureCredential tries this identity and nothing else.
  AZURE_CLIENT_ID: identity.properties.clientId
  AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential'
  // The page at `/` would tell anybody that this is a Functions app.
  AzureWebJobsDisableHomepage: 'true'
  KEY_VAULT_URL: vaultUrl
  TWILIO_ACCOUNT_SID: twilioAccountSid
}
// The origin that the signature of every webhook is checked with. Other clouds than the public one have other domains:
// there the app takes it from WEBSITE_HOSTNAME.
var origin = environment().name == 'AzureCloud' ? { PUBLIC_BASE_URL: 'https://${name}.azurewebsites.net' } : {}
var present = toObject(
  filter(items(settings), setting => !empty(setting.value)),
  setting => setting.key,
  setting => setting.value
)

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    // A setting may be a reference to a secret: it is read by the app's own identity.
    keyVaultReferenceIdentity: identity.id
    publicNetworkAccess: 'Enabled'
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
      remoteDebuggingEnabled: false
      // The whole list: a setting that was made by hand in the portal is gone after this. The last object wins.
      appSettings: map(items(union(teamSettings, required, origin, present)), setting => {
        name: setting.key
        value: setting.value
      })
    }
    functionAppConfig: {
      runtime: { name: 'python', version: '3.13' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${deploymentContainer}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyHttpInstances == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyHttpInstances }]
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
      }
      #disable-next-line BCP037 // Azure has it since API version 2023-12-01, Bicep's types do not
      siteUpdateStrategy: { type: siteUpdateStrategy }
    }
  }

  // User names and passwords that could upload code are off. `location` is missing in Bicep's types, but Azure refused
  // policies without it (error 51008) at several API versions.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    #disable-next-line BCP187 // https://github.com/Azure/bicep-types-az/issues/1527
    location: location
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    #disable-next-line BCP187 // https://github.com/Azure/bicep-types-az/issues/1527
    location: location
    properties: { allow: false }
  }
}

@description('Scheme and host that it answers at.')
output origin string = 'https://${app.properties.defaultHostName}'
