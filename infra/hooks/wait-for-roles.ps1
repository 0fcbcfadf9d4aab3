# azd runs this after provisioning. A role that was just given takes minutes to work everywhere, and azd does not repeat
# a deployment that ends with 403 (https://github.com/Azure/azure-dev/issues/8026). So this writes a test blob into the
# deployment container until Azure takes it: the deployer's role is as new as the app's own.

$Tries = if ($env:ROLE_WAIT_TRIES) { [int]$env:ROLE_WAIT_TRIES } else { 40 }
$Pause = if ($env:ROLE_WAIT_PAUSE) { [int]$env:ROLE_WAIT_PAUSE } else { 15 }
$Blob = 'role-check'

$LoggedIn = $false
if (Get-Command az -ErrorAction SilentlyContinue) {
    az account show --subscription $env:AZURE_SUBSCRIPTION_ID --output none 2>$null
    $LoggedIn = $LASTEXITCODE -eq 0
}
if (-not $LoggedIn) {
    Write-Output "Not waited for new roles: that needs az, after az login. If deploying ends with 403, run azd deploy again."
    exit 0
}

$File = New-TemporaryFile
Set-Content -Path $File -Value 'check'
$Where = @(
    '--subscription', $env:AZURE_SUBSCRIPTION_ID, '--auth-mode', 'login', '--only-show-errors', '--output', 'none',
    '--account-name', $env:AZURE_STORAGE_ACCOUNT, '--container-name', $env:DEPLOYMENT_CONTAINER, '--name', $Blob
)

try {
    for ($Try = 1; $Try -le $Tries; $Try++) {
        $Problem = az storage blob upload --file $File --overwrite @Where 2>&1
        if ($LASTEXITCODE -eq 0) {
            az storage blob delete @Where 2>$null
            Write-Output "Roles are in effect: the deployment container can be written."
            exit 0
        }
        Write-Output "Waiting until the deployment container can be written: try $Try of $Tries, next in $Pause s."
        Start-Sleep -Seconds $Pause
    }
} finally {
    Remove-Item $File
}

[Console]::Error.WriteLine("The deployment container still cannot be written. The last answer was: $Problem")
[Console]::Error.WriteLine("Deploying goes on. If it ends with 403, wait some minutes and run azd deploy again.")
exit 0
