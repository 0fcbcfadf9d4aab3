// Who the app is. Its own resource, so that roles are given before there is an app, and outlive it.

import { resourceTags } from 'types.bicep'

@description('Required. The name of the identity.')
param name string

@description('Required. The Azure region.')
param location string

@description('Required. The tags of every resource.')
param tags resourceTags

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('What roles are given to. Another one when the identity was deleted and made again under its name.')
output principalId string = identity.properties.principalId
