// Types that several files use.

@export()
@description('Tags, by which azd finds its resources.')
type resourceTags = { *: string }

// A new setting is added here, in main.bicepparam, and in the README's table.
@export()
@description('By the name that the app reads. Each is a string; empty means absent.')
type optionalSettings = {
  @description('Optional. REST by API key; its secret is `twilio-api-key-secret` in the vault.')
  TWILIO_API_KEY_SID: string

  @description('Optional. The default sender.')
  TWILIO_FROM: string

  @description('Optional. The default messaging service.')
  TWILIO_MESSAGING_SERVICE_SID: string

  @description('Optional. The TwiML app of agents in the browser: `./sb ops point` makes it and prints its SID.')
  TWILIO_TWIML_APP_SID: string

  @description('Optional. The region of the account: us1, ie1 or au1.')
  TWILIO_REGION: string

  @description('Optional. The origin that Twilio sees: a custom domain, without a slash at its end.')
  PUBLIC_BASE_URL: string

  @description('Optional. The phone that the numbers.toml of this repository rings.')
  OPERATOR_NUMBER: string

  @description('Optional. Country prefixes that may be texted or called. Set it: it is what bounds a thief.')
  ALLOWED_DESTINATIONS: string

  @description('Optional. How long a claim on a delivery lives.')
  DELIVERY_CLAIM_SECONDS: string

  @description('Optional. How long an unknown outcome is left to settle.')
  DELIVERY_SETTLE_SECONDS: string

  @description('Optional. How long the record of a delivery is kept after its end.')
  RETENTION_DAYS: string
}

@export()
@description('The settings that a team\'s numbers.toml and flows.py read.')
type settingsByName = {
  @description('Its value, or a Key Vault reference.')
  *: string
}
