@echo off
rem Runs the commands of this folder by its own Python, from any folder: sb local ..., sb ops ...
setlocal
set "PYTHON=%~dp0.venv\Scripts\python.exe"
if exist "%PYTHON%" goto run
echo ! %~dp0.venv is missing. Run in %~dp0, once: "py -3 -m venv .venv" and ".venv\Scripts\pip install -r requirements-local.txt" 1>&2
exit /b 1

:run
"%PYTHON%" "%~dp0local\sb.py" %*
exit /b %ERRORLEVEL%
