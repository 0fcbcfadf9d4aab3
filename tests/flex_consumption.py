"""What Azure refuses or ignores on a Flex Consumption app, each with its source.

Sources:
  deprecations    https://learn.microsoft.com/azure/azure-functions/functions-app-settings, its last section
  considerations  https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#considerations
  tasks#21032     https://github.com/microsoft/azure-pipelines-tasks/issues/21032: named in Azure's answer 51021
  avm#345         https://github.com/Azure/terraform-azurerm-avm-res-web-site/pull/345: not sent for this plan
  avm#353         https://github.com/Azure/terraform-azurerm-avm-res-web-site/issues/353: not confirmed either way
"""

from __future__ import annotations

import re

from tests import arm

# Property of a site, of its `siteConfig` or of its `config` resources, in lower case: ARM ignores the case of names.
PROPERTIES = {
    "alwayson": "deprecations",
    "containersize": "deprecations",
    "ftpsstate": "deprecations, tasks#21032",
    "functionappscalelimit": "deprecations",
    "functionsruntimescalemonitoringenabled": "tasks#21032",
    "isreserved": "deprecations",
    "isxenon": "deprecations",
    "javaversion": "deprecations",
    "linuxfxversion": "deprecations, avm#345",
    "loadbalancing": "avm#345",
    "minimumelasticinstancecount": "avm#353",
    "netframeworkversion": "deprecations, tasks#21032",
    "nodeversion": "avm#345",
    "phpversion": "avm#345",
    "powershellversion": "deprecations",
    "prewarmedinstancecount": "deprecations",
    "pythonversion": "avm#345",
    "use32bitworkerprocess": "deprecations, tasks#21032",
    "vnetbackuprestoreenabled": "deprecations",
    "vnetcontentshareenabled": "deprecations",
    "vnetimagepullenabled": "deprecations",
    "vnetrouteallenabled": "deprecations",
    "windowsfxversion": "deprecations",
}
SETTINGS = {
    "ENABLE_ORYX_BUILD": "deprecations",
    "FUNCTIONS_EXTENSION_VERSION": "deprecations",
    "FUNCTIONS_MAX_HTTP_CONCURRENCY": "deprecations",
    "FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED": "deprecations",
    "FUNCTIONS_WORKER_PROCESS_COUNT": "deprecations",
    "FUNCTIONS_WORKER_RUNTIME": "deprecations",
    "FUNCTIONS_WORKER_RUNTIME_VERSION": "deprecations",
    "SCM_DO_BUILD_DURING_DEPLOYMENT": "deprecations",
    "TZ": "considerations",
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING": "deprecations",
    "WEBSITE_CONTENTOVERVNET": "deprecations",
    "WEBSITE_CONTENTSHARE": "deprecations",
    "WEBSITE_DNS_SERVER": "deprecations",
    "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT": "deprecations",
    "WEBSITE_NODE_DEFAULT_VERSION": "deprecations",
    "WEBSITE_RUN_FROM_PACKAGE": "deprecations",
    "WEBSITE_SKIP_CONTENTSHARE_VALIDATION": "deprecations",
    "WEBSITE_TIME_ZONE": "considerations",
    "WEBSITE_VNET_ROUTE_ALL": "deprecations",
}


def refused(resource: arm.Resource) -> set[str]:
    """The refused properties and settings that a compiled site, or a child resource of a site, contains.

    Also in expressions, where a name is quoted: `createObject('ftpsState', …)`.
    """
    words = {word for text in arm.strings(resource) for word in re.findall(r"\b\w+\b", text)}
    return {word for word in words if word.lower() in PROPERTIES} | (words & set(SETTINGS))
