// Every value comes from an environment variable: azd sets its own and those of `azd env set`; by hand, export them.
// Four are required: AZURE_ENV_NAME, AZURE_LOCATION, AZURE_PRINCIPAL_ID, TWILIO_ACCOUNT_SID.
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
// In lower case and once each: a second assignment of the same role would end the deployment.
param deployerPrincipalId = toLower(trim(readEnvironmentVariable('AZURE_PRINCIPAL_ID')))
param operatorPrincipalIds = union(
  [deployerPrincipalId],
  filter(
    map(split(readEnvironmentVariable('OPERATOR_PRINCIPAL_IDS', ''), ','), id => toLower(trim(id))),
    id => !empty(id)
  )
)
param pusherPrincipalIds = union(
  [],
  filter(
    map(split(readEnvironmentVariable('PUSHER_PRINCIPAL_IDS', ''), ','), id => toLower(trim(id))),
    id => !empty(id)
  )
)
param consumerPrincipalIds = union(
  [],
  filter(
    map(split(readEnvironmentVariable('CONSUMER_PRINCIPAL_IDS', ''), ','), id => toLower(trim(id))),
    id => !empty(id)
  )
)
param alertEmail = readEnvironmentVariable('ALERT_EMAIL', '')

param twilioAccountSid = readEnvironmentVariable('TWILIO_ACCOUNT_SID')
param settings = {
  TWILIO_API_KEY_SID: readEnvironmentVariable('TWILIO_API_KEY_SID', '')
  TWILIO_FROM: readEnvironmentVariable('TWILIO_FROM', '')
  TWILIO_MESSAGING_SERVICE_SID: readEnvironmentVariable('TWILIO_MESSAGING_SERVICE_SID', '')
  TWILIO_TWIML_APP_SID: readEnvironmentVariable('TWILIO_TWIML_APP_SID', '')
  TWILIO_REGION: readEnvironmentVariable('TWILIO_REGION', '')
  PUBLIC_BASE_URL: readEnvironmentVariable('PUBLIC_BASE_URL', '')
  OPERATOR_NUMBER: readEnvironmentVariable('OPERATOR_NUMBER', '')
  ALLOWED_DESTINATIONS: readEnvironmentVariable('ALLOWED_DESTINATIONS', '')
  DELIVERY_CLAIM_SECONDS: readEnvironmentVariable('DELIVERY_CLAIM_SECONDS', '')
  DELIVERY_SETTLE_SECONDS: readEnvironmentVariable('DELIVERY_SETTLE_SECONDS', '')
  RETENTION_DAYS: readEnvironmentVariable('RETENTION_DAYS', '')
}
// A JSON object: PINs of numbers.toml and FLOW_ settings of flows.py, each a value or a Key Vault reference.
param teamSettings = json(readEnvironmentVariable('TEAM_SETTINGS', '{}'))

param storageSku = readEnvironmentVariable('STORAGE_SKU', 'Standard_ZRS')
param instanceMemoryMB = int(readEnvironmentVariable('INSTANCE_MEMORY_MB', '2048'))
param maximumInstanceCount = int(readEnvironmentVariable('MAXIMUM_INSTANCE_COUNT', '100'))
param httpConcurrency = int(readEnvironmentVariable('HTTP_CONCURRENCY', '16'))
param alwaysReadyHttpInstances = int(readEnvironmentVariable('ALWAYS_READY_HTTP_INSTANCES', '0'))
param siteUpdateStrategy = readEnvironmentVariable('SITE_UPDATE_STRATEGY', 'Recreate')
param dailyLogCapGb = int(readEnvironmentVariable('DAILY_LOG_CAP_GB', '5'))
param monthlyBudget = int(readEnvironmentVariable('MONTHLY_BUDGET', '0'))
param budgetStart = readEnvironmentVariable('BUDGET_START', '')
param recoverKeyVault = bool(readEnvironmentVariable('RECOVER_KEY_VAULT', 'false'))
