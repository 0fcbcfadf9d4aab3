// When somebody is told. The queries are in ../alerts; what to do about each, in docs/operating.md.

import { resourceTags } from 'types.bicep'

@description('Required. The Azure region.')
param location string

@description('Required. The tags of every resource.')
param tags resourceTags

@description('Required. What is queried.')
param workspaceId string

@description('Required. Who is told by e-mail; empty for nobody.')
param email string

@description('An alert: it fires while its query has rows, or, for silence, while it has none.')
type alert = {
  @description('Required. Its name, and its heading in docs/operating.md.')
  name: string

  @description('Required. What it says to whom it wakes.')
  says: string

  @description('Required. 1 wakes somebody, 2 is for the same day.')
  severity: 1 | 2

  @description('Required. How far back it looks, as an ISO 8601 duration.')
  window: string

  @description('Required. What it looks for.')
  query: string

  @description('Required. Whether it fires when nothing is found.')
  whenNothing: bool
}

var alerts alert[] = [
  {
    name: 'dead-letter'
    says: 'A command failed until it was given up, and waits in dead-letter for a person.'
    severity: 2
    window: 'PT15M'
    query: loadTextContent('../alerts/dead-letter.kql')
    whenNothing: false
  }
  {
    name: 'account-fault'
    says: 'Twilio refuses everything: token, sender, region or balance of the account. Nothing is sent until it is mended.'
    severity: 1
    window: 'PT15M'
    query: loadTextContent('../alerts/account-fault.kql')
    whenNothing: false
  }
  {
    name: 'needs-decision'
    says: 'Whether a command was carried out cannot be found out, or it was carried out twice. A person decides.'
    severity: 2
    window: 'PT15M'
    query: loadTextContent('../alerts/needs-decision.kql')
    whenNothing: false
  }
  {
    name: 'server-errors'
    says: 'More than one request in twenty was answered 5xx.'
    severity: 1
    window: 'PT15M'
    query: loadTextContent('../alerts/server-errors.kql')
    whenNothing: false
  }
  {
    name: 'webhooks-failing'
    says: 'Callers hear an apology, or texts are not taken: a secret, a setting or the code.'
    severity: 1
    window: 'PT15M'
    query: loadTextContent('../alerts/webhooks-failing.kql')
    whenNothing: false
  }
  {
    name: 'webhooks-refused'
    says: 'Many webhooks have a wrong signature: the token or PUBLIC_BASE_URL is not what Twilio signs with, or a stranger tries.'
    severity: 2
    window: 'PT15M'
    query: loadTextContent('../alerts/webhooks-refused.kql')
    whenNothing: false
  }
  {
    name: 'outbox-stalled'
    says: 'An outbox does not empty, and Twilio accepted nothing of it.'
    severity: 1
    window: 'PT30M'
    query: loadTextContent('../alerts/outbox-stalled.kql')
    whenNothing: false
  }
  {
    name: 'silence'
    says: 'The line that is logged each five minutes is missing: the app does not run, or its logs do not arrive.'
    severity: 1
    window: 'PT30M'
    query: loadTextContent('../alerts/silence.kql')
    whenNothing: true
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'switchboard-operators'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'switchboard'
    enabled: true
    emailReceivers: [{ name: 'operator', emailAddress: email, useCommonAlertSchema: true }]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for each in alerts: {
    name: 'switchboard-${each.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'Switchboard: ${each.name}'
      description: each.says
      severity: each.severity
      enabled: true
      scopes: [workspaceId]
      // The price of a rule goes by how often it asks.
      evaluationFrequency: each.severity == 1 ? 'PT5M' : 'PT15M'
      windowSize: each.window
      criteria: {
        allOf: [
          {
            query: each.query
            timeAggregation: 'Count'
            operator: each.whenNothing ? 'LessThan' : 'GreaterThan'
            threshold: each.whenNothing ? 1 : 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      // A workspace that is minutes old does not know its tables yet, and would refuse the query.
      skipQueryValidation: true
      actions: { actionGroups: empty(email) ? [] : [people.id] }
    }
  }
]
