# azd runs this before provisioning. A deleted Key Vault keeps its name for seven days, and Azure ends a deployment of a
# new one with "A vault with the same name already exists in deleted state". This says what to do before that.

$Name = $env:AZURE_ENV_NAME
$Subscription = $env:AZURE_SUBSCRIPTION_ID
$Location = $env:AZURE_LOCATION
$Recover = $env:RECOVER_KEY_VAULT -eq 'true'

# In a new environment azd asks for these two later: nothing of it was ever deployed.
if (-not $Subscription -or -not $Location) {
    exit 0
}
$LoggedIn = $false
if (Get-Command az -ErrorAction SilentlyContinue) {
    az account show --subscription $Subscription --output none 2>$null
    $LoggedIn = $LASTEXITCODE -eq 0
}
if (-not $LoggedIn) {
    Write-Output "Not checked whether a deleted Key Vault has this environment's name: that needs az, after az login."
    exit 0
}

# The list is filtered here: the quotes that --query needs do not survive every PowerShell.
$All = az keyvault list-deleted --resource-type vault --subscription $Subscription --output json
$Deleted = $All | ConvertFrom-Json | ForEach-Object { $_ } |
    Where-Object { $_.properties.tags.'azd-env-name' -eq $Name -and $_.properties.location -eq $Location } |
    Select-Object -First 1 -ExpandProperty name

if ($Deleted -and -not $Recover) {
    [Console]::Error.WriteLine("Key Vault $Deleted was deleted with an earlier deployment of $Name, and keeps its name for seven days.")
    [Console]::Error.WriteLine("Recover it, with its secrets:  azd env set RECOVER_KEY_VAULT true")
    exit 1
}
if (-not $Deleted -and $Recover) {
    [Console]::Error.WriteLine("There is no deleted Key Vault of $Name to recover:  azd env set RECOVER_KEY_VAULT false")
    exit 1
}
exit 0
