# azd runs this before it packages the app: gets Twilio's voice SDK, which the browser softphone needs, in the version and
# with the checksum of switchboard/client/sdk/package-lock.json. Only the SDK and its licence stay. Everything else of the
# app works without them.

$Sdk = 'switchboard/client/sdk'
$Package = "$Sdk/node_modules/@twilio/voice-sdk"

if (-not (Get-Command npm -ErrorAction SilentlyContinue)) {
    [Console]::Error.WriteLine("The voice SDK is not downloaded: that needs npm. The softphone at /api/client does not work without it.")
    exit 1
}

try {
    npm ci --prefix $Sdk --no-audit --no-fund --ignore-scripts | Out-Null
    if ($LASTEXITCODE -ne 0) {
        [Console]::Error.WriteLine("The voice SDK is not downloaded: npm failed. The softphone at /api/client does not work without it.")
        exit 1
    }
    Copy-Item "$Package/LICENSE.md" "$Sdk/LICENSE.md"
    Copy-Item "$Package/dist/twilio.min.js" "$Sdk/twilio.min.js"
    Write-Output "The voice SDK is in $Sdk."
} finally {
    Remove-Item -Recurse -Force -ErrorAction SilentlyContinue "$Sdk/node_modules"
}
