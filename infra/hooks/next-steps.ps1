# azd runs this after deploying: what is left to do by hand, and how to see that all of it is right.

$Number = if ($env:TWILIO_FROM) { $env:TWILIO_FROM } else { '<your Twilio number>' }

Write-Output "The app is deployed. What is left, from this clone (docs/operating.md says how to install the commands):"
Write-Output "  1. put Twilio's auth token into $($env:KEY_VAULT_NAME):  ./sb ops set-secret twilio-auth-token"
Write-Output "  2. point your number at the app:  ./sb ops point $Number"
Write-Output "  3. check all of it:  ./sb ops doctor"
Write-Output "Until then $($env:HEALTH_URL) says what is missing."
Write-Output "Calls in a browser need an API key and a TwiML app: docs/guide.md, Take calls in a browser."
if ($env:RECOVER_KEY_VAULT -eq 'true') {
    Write-Output "The vault is recovered, with its secrets. Before the next deployment:  azd env set RECOVER_KEY_VAULT false"
}
exit 0
