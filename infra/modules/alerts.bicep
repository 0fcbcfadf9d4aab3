// Alert rules on the logs. The queries are in ../alerts; what to do about each, in docs/runbooks.md.

import { resourceTags } from 'types.bicep'

@description('Required. The Azure region.')
param location string

@description('Required. The tags of every resource.')
param tags resourceTags

@description('Required. The Log Analytics workspace that the rules query.')
param workspaceId string

@description('Required. The address that alerts are mailed to; empty for none.')
param email string

@description('An alert: it fires while its query has rows, or, for silence, while it has none.')
type alert = {
  @description('Required. Its name, and its heading in docs/runbooks.md.')
  name: string

  @description('Required. What the mail says.')
  says: string

  @description('Required. 1 is for now, at night too; 2 is for the same day.')
  severity: 1 | 2

  // Longer than the time between two evaluations: a log line arrives two to five minutes late, and no evaluation misses it.
  @description('Required. How far back it looks, as an ISO 8601 duration.')
  window: string

  @description('Required. The query.')
  query: string

  @description('Required. Whether it fires when the query has no rows.')
  whenNothing: bool

  @description('Optional. A column of the query: each of its values is an alert of its own, mailed once while it is open.')
  splitBy: string?
}

var alerts alert[] = [
  {
    name: 'dead-letter'
    says: 'A command failed for good and is in dead-letter, or a poison queue is not emptied. A person decides.'
    severity: 2
    window: 'PT30M'
    query: loadTextContent('../alerts/dead-letter.kql')
    whenNothing: false
    splitBy: 'Subject'
  }
  {
    name: 'account-fault'
    says: 'Twilio refuses the account: its token, sender, region or balance. Nothing is sent until that is repaired.'
    severity: 1
    window: 'PT15M'
    query: loadTextContent('../alerts/account-fault.kql')
    whenNothing: false
  }
  {
    name: 'needs-decision'
    says: 'It is unknown whether Twilio took a command, or Twilio took it twice. A person decides.'
    severity: 2
    window: 'PT30M'
    query: loadTextContent('../alerts/needs-decision.kql')
    whenNothing: false
    splitBy: 'Subject'
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
    says: 'Callers hear an apology, or texts are not taken: a secret, a setting or the code is at fault.'
    severity: 1
    window: 'PT15M'
    query: loadTextContent('../alerts/webhooks-failing.kql')
    whenNothing: false
  }
  {
    name: 'webhooks-refused'
    says: 'Many webhooks have a wrong signature: the token or PUBLIC_BASE_URL differs from Twilio, or a stranger sends them.'
    severity: 2
    window: 'PT30M'
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
      description: '${each.says} What to do: docs/runbooks.md#${each.name}'
      severity: each.severity
      enabled: true
      scopes: [workspaceId]
      // The price of a rule depends on how often it is evaluated.
      evaluationFrequency: each.severity == 1 ? 'PT5M' : 'PT15M'
      windowSize: each.window
      criteria: {
        allOf: [
          {
            query: each.query
            dimensions: empty(each.?splitBy) ? [] : [{ name: each.splitBy!, operator: 'Include', values: ['*'] }]
            timeAggregation: 'Count'
            operator: each.whenNothing ? 'LessThan' : 'GreaterThan'
            threshold: each.whenNothing ? 1 : 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      // Azure would check the query against tables that a new workspace does not have yet.
      skipQueryValidation: true
      actions: { actionGroups: empty(email) ? [] : [people.id] }
    }
  }
]
