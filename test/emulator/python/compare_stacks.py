"""Compares every deployed resource with its template, property by property, and completes what the emulator dropped.

`compare_stacks.py ASSEMBLY` prints one line of JSON:
{"resources": count, "compared": count, "missing": [...], "differences": {"<type>.<property>": example}, "completed": {...}}.
A property is compared as the service's own API reports it, which may add defaults. A value that the template gives by an
intrinsic function, and that is not known here, matches every value.
"""

import collections
import json
import sys
from typing import Any, Callable, Iterator

from aws import UNKNOWN, Stack, client, pages, templates

Properties = dict[str, Any]
# A property with the value that the template asks for and the value that the service reports.
Compared = tuple[str, Any, Any]
Reader = Callable[[str, Properties], Iterator[Compared]]

READERS: dict[str, Reader] = {}


def reader(*kinds: str) -> Callable[[Reader], Reader]:
    """Registers a function that reads the resources of these types."""

    def register(function: Reader) -> Reader:
        READERS.update({kind: function for kind in kinds})
        return function

    return register


def each(names: list[str], wanted: Properties, found: Properties, to_found: Callable[[str], str] = str) -> Iterator[Compared]:
    """Yields these properties, where the template has them."""
    for name in names:
        if name in wanted:
            yield name, wanted[name], found.get(to_found(name))


def last_part(physical_id: str) -> str:
    """Returns the name in a physical id that has others before it, as `<api>/<route>` and `<bus>|<rule>`."""
    return physical_id.replace("|", "/").rsplit("/", 1)[-1]


def camel(name: str) -> str:
    return name[0].lower() + name[1:]


@reader("AWS::SQS::Queue")
def queue(url: str, wanted: Properties) -> Iterator[Compared]:
    found = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    names = ["VisibilityTimeout", "MessageRetentionPeriod", "SqsManagedSseEnabled", "KmsMasterKeyId"]
    yield from each(names, wanted, found)
    if "RedrivePolicy" in wanted:
        yield "RedrivePolicy", wanted["RedrivePolicy"], json.loads(found.get("RedrivePolicy", "null"))


@reader("AWS::SQS::QueuePolicy")
def queue_policy(_name: str, wanted: Properties) -> Iterator[Compared]:
    for url in wanted["Queues"]:
        found = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
        yield "PolicyDocument", wanted["PolicyDocument"], json.loads(found.get("Policy", "null"))


@reader("AWS::DynamoDB::GlobalTable")
def table(name: str, wanted: Properties) -> Iterator[Compared]:
    dynamodb = client("dynamodb")
    found = dynamodb.describe_table(TableName=name)["Table"]
    yield from each(["KeySchema", "AttributeDefinitions", "StreamSpecification"], wanted, found_stream(found))
    replica = wanted["Replicas"][0]
    if "DeletionProtectionEnabled" in replica:
        yield "DeletionProtectionEnabled", replica["DeletionProtectionEnabled"], found.get("DeletionProtectionEnabled")
    for index in wanted.get("GlobalSecondaryIndexes", []):
        other = [one for one in found.get("GlobalSecondaryIndexes", []) if one["IndexName"] == index["IndexName"]]
        yield from (
            (f"GlobalSecondaryIndexes.{name}", index[name], other[0].get(name) if other else None)
            for name in ["KeySchema", "Projection"]
        )
    yield "SSESpecification", sse(wanted), found.get("SSEDescription", {}).get("Status") == "ENABLED"
    if "TimeToLiveSpecification" in wanted:
        ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        yield "TimeToLiveSpecification", wanted["TimeToLiveSpecification"]["AttributeName"], ttl.get("AttributeName")
    if "PointInTimeRecoverySpecification" in replica:
        backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        recovery = backups["PointInTimeRecoveryDescription"]
        asked = replica["PointInTimeRecoverySpecification"]
        status = recovery["PointInTimeRecoveryStatus"] == "ENABLED"
        yield "PointInTimeRecoverySpecification", asked["PointInTimeRecoveryEnabled"], status
        yield from each(["RecoveryPeriodInDays"], asked, recovery)
    if "ResourcePolicy" in replica:
        yield "ResourcePolicy", replica["ResourcePolicy"]["PolicyDocument"], table_policy(found["TableArn"])


def found_stream(found: Properties) -> Properties:
    """Returns a described table without the flag that templates leave out."""
    stream = found.get("StreamSpecification", {})
    return {**found, "StreamSpecification": {k: v for k, v in stream.items() if k != "StreamEnabled"}}


def sse(wanted: Properties) -> bool:
    return bool(wanted.get("SSESpecification", {}).get("SSEEnabled"))


def table_policy(arn: str) -> Any:
    try:
        return json.loads(client("dynamodb").get_resource_policy(ResourceArn=arn)["Policy"])
    except client("dynamodb").exceptions.PolicyNotFoundException:
        return None


@reader("AWS::Lambda::Function")
def function(name: str, wanted: Properties) -> Iterator[Compared]:
    found = client("lambda").get_function_configuration(FunctionName=name)
    names = ["Timeout", "MemorySize", "Runtime", "Handler", "Architectures", "LoggingConfig", "TracingConfig", "Environment"]
    yield from each(names, wanted, found)
    if "RecursiveLoop" in wanted:
        yield "RecursiveLoop", wanted["RecursiveLoop"], client("lambda").get_function_recursion_config(FunctionName=name)["RecursiveLoop"]
    if "ReservedConcurrentExecutions" in wanted:
        reserved = client("lambda").get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
        yield "ReservedConcurrentExecutions", wanted["ReservedConcurrentExecutions"], reserved


@reader("AWS::Lambda::Version")
def version(arn: str, wanted: Properties) -> Iterator[Compared]:
    found = client("lambda").get_function_configuration(FunctionName=arn)
    yield "FunctionName", wanted["FunctionName"], found["FunctionName"]
    yield "Version", arn.rsplit(":", 1)[-1], found["Version"]


@reader("AWS::Lambda::Alias")
def alias(_arn: str, wanted: Properties) -> Iterator[Compared]:
    found = client("lambda").get_alias(FunctionName=wanted["FunctionName"], Name=wanted["Name"])
    yield from each(["Name", "FunctionVersion"], wanted, found)


@reader("AWS::Lambda::EventSourceMapping")
def event_source_mapping(uuid: str, wanted: Properties) -> Iterator[Compared]:
    found = client("lambda").get_event_source_mapping(UUID=uuid)
    names = [
        "BatchSize", "BisectBatchOnFunctionError", "DestinationConfig", "FilterCriteria", "FunctionResponseTypes",
        "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts", "ParallelizationFactor",
        "ScalingConfig", "StartingPosition",
    ]  # fmt: skip
    yield from each(names, wanted, found)


@reader("AWS::Events::EventBus")
def event_bus(name: str, wanted: Properties) -> Iterator[Compared]:
    found = client("events").describe_event_bus(Name=name)
    yield from each(["Name", "DeadLetterConfig", "KmsKeyIdentifier"], wanted, found)


@reader("AWS::Events::Archive")
def archive(name: str, wanted: Properties) -> Iterator[Compared]:
    found = client("events").describe_archive(ArchiveName=name)
    yield "RetentionDays", wanted.get("RetentionDays", 0), found["RetentionDays"]
    yield "EventPattern", wanted["EventPattern"], json.loads(found["EventPattern"])


@reader("AWS::Events::Rule")
def rule(name: str, wanted: Properties) -> Iterator[Compared]:
    name, bus = last_part(name), wanted.get("EventBusName", "default")
    found = client("events").describe_rule(Name=name, EventBusName=bus)
    yield "EventPattern", wanted["EventPattern"], json.loads(found["EventPattern"])
    yield "State", wanted.get("State", "ENABLED"), found["State"]
    targets = client("events").list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
    yield "Targets", wanted["Targets"], targets


@reader("AWS::Scheduler::Schedule")
def schedule(name: str, wanted: Properties) -> Iterator[Compared]:
    found = client("scheduler").get_schedule(Name=last_part(name))
    yield from each(["ScheduleExpression", "ScheduleExpressionTimezone", "State", "FlexibleTimeWindow", "Target"], wanted, found)


@reader("AWS::ApiGatewayV2::Api")
def api(name: str, wanted: Properties) -> Iterator[Compared]:
    found = client("apigatewayv2").get_api(ApiId=name)
    yield from each(["Name", "ProtocolType", "CorsConfiguration"], wanted, found)


@reader("AWS::ApiGatewayV2::Stage")
def stage(_name: str, wanted: Properties) -> Iterator[Compared]:
    found = client("apigatewayv2").get_stage(ApiId=wanted["ApiId"], StageName=wanted["StageName"])
    yield from each(["AutoDeploy", "AccessLogSettings", "DefaultRouteSettings"], wanted, found)
    yield "RouteSettings", sorted(wanted.get("RouteSettings", {})), sorted(found.get("RouteSettings", {}))


@reader("AWS::ApiGatewayV2::Route")
def route(name: str, wanted: Properties) -> Iterator[Compared]:
    found = client("apigatewayv2").get_route(ApiId=wanted["ApiId"], RouteId=last_part(name))
    yield from each(["RouteKey", "AuthorizationType", "AuthorizationScopes", "AuthorizerId", "Target"], wanted, found)


@reader("AWS::ApiGatewayV2::Authorizer")
def authorizer(name: str, wanted: Properties) -> Iterator[Compared]:
    found = client("apigatewayv2").get_authorizer(ApiId=wanted["ApiId"], AuthorizerId=last_part(name))
    yield from each(["AuthorizerType", "IdentitySource", "JwtConfiguration"], wanted, found)


@reader("AWS::CloudWatch::Alarm")
def alarm(name: str, wanted: Properties) -> Iterator[Compared]:
    found = client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    names = [
        "AlarmActions", "AlarmDescription", "ComparisonOperator", "DatapointsToAlarm", "Dimensions", "EvaluationPeriods",
        "MetricName", "Metrics", "Namespace", "Period", "Statistic", "Threshold", "TreatMissingData",
    ]  # fmt: skip
    yield from each(names, wanted, found)


@reader("AWS::StepFunctions::StateMachine")
def state_machine(arn: str, wanted: Properties) -> Iterator[Compared]:
    found = client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    yield "StateMachineType", wanted.get("StateMachineType", "STANDARD"), found["type"]
    asked = wanted.get("LoggingConfiguration", {})
    yield "LoggingConfiguration", asked.get("Level"), found.get("loggingConfiguration", {}).get("level")
    traced = wanted.get("TracingConfiguration", {}).get("Enabled", False)
    yield "TracingConfiguration", traced, found.get("tracingConfiguration", {}).get("enabled", False)


@reader("AWS::Logs::LogGroup")
def log_group(name: str, wanted: Properties) -> Iterator[Compared]:
    groups = pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
    found = next((camel_out(one) for one in groups if one["logGroupName"] == name), {})
    yield "LogGroupName", name, found.get("LogGroupName")
    yield from each(["RetentionInDays", "KmsKeyId"], wanted, found)


def camel_out(found: Properties) -> Properties:
    return {name[0].upper() + name[1:]: value for name, value in found.items()}


@reader("AWS::Logs::MetricFilter")
def metric_filter(name: str, wanted: Properties) -> Iterator[Compared]:
    arguments = {"logGroupName": wanted["LogGroupName"], "filterNamePrefix": last_part(name)}
    found = client("logs").describe_metric_filters(**arguments)["metricFilters"]
    yield from each(["FilterPattern", "MetricTransformations"], wanted, camel_out(found[0]) if found else {})


@reader("AWS::Lambda::Permission")
def permission(name: str, wanted: Properties) -> Iterator[Compared]:
    policy = json.loads(client("lambda").get_policy(FunctionName=wanted["FunctionName"])["Policy"])
    asked = {"Action": wanted["Action"], "Principal": {"Service": wanted["Principal"]}}
    found = [statement for statement in policy["Statement"] if covers(canonical(statement), canonical(asked))]
    yield "Principal", True, len(found) > 0


@reader("AWS::ApiGatewayV2::Integration")
def integration(name: str, wanted: Properties) -> Iterator[Compared]:
    found = client("apigatewayv2").get_integration(ApiId=wanted["ApiId"], IntegrationId=last_part(name))
    yield from each(["IntegrationType", "IntegrationUri", "PayloadFormatVersion", "TimeoutInMillis"], wanted, found)


@reader("AWS::CloudWatch::Dashboard")
def dashboard(name: str, wanted: Properties) -> Iterator[Compared]:
    found = client("cloudwatch").get_dashboard(DashboardName=name)
    yield from each(["DashboardBody"], wanted, found)


@reader("AWS::IAM::Role")
def role(name: str, wanted: Properties) -> Iterator[Compared]:
    found = client("iam").get_role(RoleName=name)["Role"]
    yield from each(["AssumeRolePolicyDocument"], wanted, found)


@reader("AWS::IAM::Policy")
def policy(_name: str, wanted: Properties) -> Iterator[Compared]:
    for name in wanted.get("Roles", []):
        found = client("iam").get_role_policy(RoleName=name, PolicyName=wanted["PolicyName"])
        yield from each(["PolicyDocument"], wanted, found)


@reader("AWS::SNS::Topic")
def topic(arn: str, wanted: Properties) -> Iterator[Compared]:
    found = client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    yield from each(["KmsMasterKeyId"], wanted, found)


@reader("AWS::SNS::TopicPolicy")
def topic_policy(_name: str, wanted: Properties) -> Iterator[Compared]:
    for arn in wanted["Topics"]:
        found = client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
        yield "PolicyDocument", wanted["PolicyDocument"], json.loads(found.get("Policy", "null"))


@reader("AWS::SNS::Subscription")
def subscription(_arn: str, wanted: Properties) -> Iterator[Compared]:
    # Listed by topic: a subscription that is not confirmed yet has no attributes.
    found = pages("sns", "list_subscriptions_by_topic", "Subscriptions", TopicArn=wanted["TopicArn"])
    endpoints = [(one["Protocol"], one["Endpoint"]) for one in found]
    yield "Endpoint", True, (wanted["Protocol"], wanted["Endpoint"]) in endpoints


@reader("AWS::KMS::Key")
def key(name: str, wanted: Properties) -> Iterator[Compared]:
    found = client("kms").get_key_policy(KeyId=name, PolicyName="default")
    yield "KeyPolicy", wanted["KeyPolicy"], json.loads(found["Policy"])
    rotation = client("kms").get_key_rotation_status(KeyId=name)["KeyRotationEnabled"]
    yield "EnableKeyRotation", wanted.get("EnableKeyRotation", False), rotation


@reader("AWS::Cognito::UserPool")
def user_pool(name: str, wanted: Properties) -> Iterator[Compared]:
    found = client("cognito-idp").describe_user_pool(UserPoolId=name)["UserPool"]
    names = ["AutoVerifiedAttributes", "DeletionProtection", "MfaConfiguration", "UsernameAttributes"]
    yield from each(names, wanted, found)
    asked = wanted.get("AdminCreateUserConfig", {})
    yield from each(["AllowAdminCreateUserOnly"], asked, found.get("AdminCreateUserConfig", {}))
    if "Policies" in wanted:
        yield "Policies", wanted["Policies"]["PasswordPolicy"], found["Policies"]["PasswordPolicy"]


@reader("AWS::Cognito::UserPoolClient")
def user_pool_client(name: str, wanted: Properties) -> Iterator[Compared]:
    arguments = {"UserPoolId": wanted["UserPoolId"], "ClientId": name}
    found = client("cognito-idp").describe_user_pool_client(**arguments)["UserPoolClient"]
    names = [
        "AllowedOAuthFlows", "AllowedOAuthScopes", "CallbackURLs", "ExplicitAuthFlows", "PreventUserExistenceErrors",
        "SupportedIdentityProviders",
    ]  # fmt: skip
    yield from each(names, wanted, found)


@reader("AWS::Cognito::UserPoolDomain")
def user_pool_domain(_name: str, wanted: Properties) -> Iterator[Compared]:
    found = client("cognito-idp").describe_user_pool_domain(Domain=wanted["Domain"])["DomainDescription"]
    yield from each(["Domain", "UserPoolId"], wanted, found)


@reader("AWS::Cognito::UserPoolResourceServer")
def user_pool_resource_server(_name: str, wanted: Properties) -> Iterator[Compared]:
    arguments = {"UserPoolId": wanted["UserPoolId"], "Identifier": wanted["Identifier"]}
    found = client("cognito-idp").describe_resource_server(**arguments)["ResourceServer"]
    yield from each(["Identifier", "Scopes"], wanted, found)


def complete_time_to_live(name: str, wanted: Properties) -> None:
    client("dynamodb").update_time_to_live(
        TableName=name,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": wanted["TimeToLiveSpecification"]["AttributeName"]},
    )


def complete_policy(name: str, wanted: Properties) -> None:
    arn = client("dynamodb").describe_table(TableName=name)["Table"]["TableArn"]
    document = json.dumps(wanted["Replicas"][0]["ResourcePolicy"]["PolicyDocument"])
    client("dynamodb").put_resource_policy(ResourceArn=arn, Policy=document)


def complete_recovery(name: str, wanted: Properties) -> None:
    asked = wanted["Replicas"][0]["PointInTimeRecoverySpecification"]
    client("dynamodb").update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=asked)


# What the service has and CloudFormation drops, by the difference that shows it.
COMPLETIONS: dict[str, Callable[[str, Properties], None]] = {
    "AWS::DynamoDB::GlobalTable.TimeToLiveSpecification": complete_time_to_live,
    "AWS::DynamoDB::GlobalTable.ResourcePolicy": complete_policy,
    "AWS::DynamoDB::GlobalTable.PointInTimeRecoverySpecification": complete_recovery,
}


def canonical(value: Any) -> Any:
    """Returns a value in one form: numbers and flags are text in some APIs, and a list of one is its member in a policy."""
    if isinstance(value, dict):
        return {camel(str(name)): canonical(one) for name, one in sorted(value.items()) if one is not None}
    if isinstance(value, list):
        members = [canonical(one) for one in value]
        return members[0] if len(members) == 1 else members
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"{float(value):g}"
    text = str(value)
    try:
        return f"{float(text):g}"
    except ValueError:
        return text.lower() if text in ("True", "False") else text


def covers(found: Any, wanted: Any) -> bool:
    """True when a service reports all that the template asks for. Lists have no order."""
    if wanted == UNKNOWN:
        return True
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(name in found and covers(found[name], one) for name, one in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(any(covers(one, other) for one in found) for other in wanted)
    return found == wanted


def main(assembly: str) -> None:
    resources, compared, missing = 0, 0, []
    differences: dict[str, str] = {}
    completed: collections.Counter[str] = collections.Counter()
    without_reader: collections.Counter[str] = collections.Counter()
    for name, template in templates(assembly).items():
        stack = Stack(name, template)
        for logical_id, resource in stack.resources.items():
            kind = resource["Type"]
            resources += 1
            if logical_id not in stack.physical:
                missing.append(f"{name}/{logical_id} ({kind})")
                continue
            read = READERS.get(kind)
            if read is None:
                without_reader[kind] += 1
                continue
            compared += 1
            wanted = stack.resolve(resource.get("Properties", {}))
            for attribute, expected, found in read(stack.physical[logical_id], wanted):
                if covers(canonical(found), canonical(expected)):
                    continue
                difference = f"{kind}.{attribute}"
                example = f"{name}/{logical_id}: template {json.dumps(expected)}, emulator {json.dumps(found, default=str)}"
                differences.setdefault(difference, example[:500])
                if difference in COMPLETIONS:
                    COMPLETIONS[difference](stack.physical[logical_id], wanted)
                    completed[difference] += 1
    print(
        json.dumps(
            {
                "resources": resources,
                "compared": compared,
                "missing": missing,
                "differences": differences,
                "completed": completed,
                "withoutReader": without_reader,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
