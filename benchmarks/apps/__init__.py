"""The apps that the product is compared with, each in a folder as Azure Functions loads it."""
