"""Tries differences between the emulator and AWS that no deployed resource shows: `probes.py`.

Run it after the smoke test, for some look at what the functions did. Prints the names of the probes that found their difference, as a
line of JSON. Each probe returns True where the emulator differs
from AWS, and removes what it created.
"""

import json
import os
import ssl
import time
import urllib.error
import urllib.request
from typing import Any, Callable

import botocore.exceptions

from aws import client, pages

Probe = Callable[[], bool]
PROBES: dict[str, Probe] = {}


def probe(name: str) -> Callable[[Probe], Probe]:
    """Registers a probe under the name that divergences.json has for it."""

    def register(function: Probe) -> Probe:
        PROBES[name] = function
        return function

    return register


def bus(name: str, output: bool) -> str:
    """Returns a template with an event bus, which it exports or not."""
    template: dict[str, Any] = {"Resources": {"Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": name}}}}
    if output:
        template["Outputs"] = {"Bus": {"Value": {"Ref": "Bus"}, "Export": {"Name": f"{name}-export"}}}
    return json.dumps(template)


def importer(name: str) -> str:
    """Returns a template that imports the bus of another stack."""
    properties = {"EventBusName": {"Fn::ImportValue": f"{name}-export"}, "EventPattern": {"source": ["probe"]}}
    return json.dumps({"Resources": {"Rule": {"Type": "AWS::Events::Rule", "Properties": properties}}})


@probe("an export in use can be removed")
def export_in_use() -> bool:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html"""
    cloudformation = client("cloudformation")
    exporting, importing = "probe-exporting", "probe-importing"
    cloudformation.create_stack(StackName=exporting, TemplateBody=bus("probe", output=True))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=exporting, WaiterConfig={"Delay": 1})
    cloudformation.create_stack(StackName=importing, TemplateBody=importer("probe"))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=importing, WaiterConfig={"Delay": 1})
    try:
        cloudformation.update_stack(StackName=exporting, TemplateBody=bus("probe", output=False))
        cloudformation.get_waiter("stack_update_complete").wait(StackName=exporting, WaiterConfig={"Delay": 1})
        return True
    except (botocore.exceptions.ClientError, botocore.exceptions.WaiterError):
        return False
    finally:
        for name in [importing, exporting]:
            cloudformation.delete_stack(StackName=name)
            cloudformation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


@probe("a JSON filter pattern of a log group matches every line")
def json_filter_pattern() -> bool:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"""
    logs, group = client("logs"), "probe"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="lines")
    event = {"timestamp": int(time.time() * 1000), "message": '{"level": "info"}'}
    logs.put_log_events(logGroupName=group, logStreamName="lines", logEvents=[event])
    found = logs.filter_log_events(logGroupName=group, filterPattern='{ $.level = "error" }')["events"]
    logs.delete_log_group(logGroupName=group)
    return len(found) > 0


@probe("text in the log of a function is not wrapped as JSON")
def text_in_logs() -> bool:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html"""
    configurations = [one["LoggingConfig"] for one in pages("lambda", "list_functions", "Functions")]
    groups = [one["LogGroup"] for one in configurations if one.get("LogFormat") == "JSON"]
    for group in groups:
        lines = client("logs").filter_log_events(logGroupName=group)["events"]
        if any(line["message"].startswith("START RequestId") for line in lines):
            return True
    return False


@probe("Service Quotas is not there")
def service_quotas() -> bool:
    """https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html"""
    quotas = client("service-quotas")
    return not succeeds(lambda: quotas.get_service_quota(ServiceCode="lambda", QuotaCode="L-B99A9384"))


@probe("CodeDeploy and the schema registry are not there")
def services_of_options() -> bool:
    """https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ListApplications.html"""
    calls = [client("codedeploy").list_applications, client("schemas").list_registries]
    return not any(succeeds(call) for call in calls)


def succeeds(call: Callable[[], Any]) -> bool:
    try:
        call()
        return True
    except botocore.exceptions.ClientError:
        return False


@probe("a default throttle of a stage is not enforced")
def throttle() -> bool:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html"""
    gateway = client("apigatewayv2")
    api = gateway.create_api(Name="probe", ProtocolType="HTTP")["ApiId"]
    settings = {"ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 1}
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True, DefaultRouteSettings=settings)
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri=f"{os.environ['AWS_ENDPOINT_URL']}/_ministack/health",
        PayloadFormatVersion="1.0",
    )["IntegrationId"]
    gateway.create_route(ApiId=api, RouteKey="GET /probe", Target=f"integrations/{integration}")
    statuses = [status_of(f"{os.environ['AWS_ENDPOINT_URL']}/_aws/execute-api/{api}/$default/probe") for _ in range(10)]
    gateway.delete_api(ApiId=api)
    return 429 not in statuses


def status_of(url: str) -> int:
    trusted = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
    try:
        with urllib.request.urlopen(url, context=trusted) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


if __name__ == "__main__":
    print(json.dumps([name for name, found in PROBES.items() if found()]))
