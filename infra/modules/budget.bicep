// A mail when a month's cost of the resource group comes near an amount. It stops nothing.

@description('Required. The amount of a month, in the currency of the invoice.')
param amount int

@description('Required. The first day of the month in which the budget was made. Azure refuses to change it later.')
param start string

@description('Required. The address that is mailed.')
param email string

resource budget 'Microsoft.Consumption/budgets@2024-08-01' = {
  name: 'switchboard'
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: start }
    notifications: {
      actual80: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: [email]
      }
      forecast100: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: [email]
      }
    }
  }
}
