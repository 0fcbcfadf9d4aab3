"""Azure Functions with one hello function: nothing can start faster."""

import azure.functions as func

app = func.FunctionApp()


@app.route("hello", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def hello(req: func.HttpRequest) -> func.HttpResponse:
    """Returns a greeting."""
    return func.HttpResponse(f"Hello, {req.params.get('name', 'world')}")
