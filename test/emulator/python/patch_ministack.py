"""Patches the installed MiniStack where it differs from AWS in a way that hides what Stockbook does.

Each patch replaces text of an installed file, and says why and which AWS page it follows. A text that is not found
exactly once stops the run: another version of MiniStack needs this list to be checked again. Patching twice is harmless.
"""

import dataclasses
import pathlib
import sys

import ministack

PACKAGE = pathlib.Path(ministack.__file__).parent
GUIDE = "https://docs.aws.amazon.com"


@dataclasses.dataclass(frozen=True)
class Patch:
    """A change of one installed file. `source` is the AWS page, or the observation, that it follows."""

    file: str
    reason: str
    source: str
    replacements: tuple[tuple[str, str], ...]


PATCHES = [
    Patch(
        "core/lambda_runtime.py",
        "An exception of a Node function lost its name, so Retry and Catch of Step Functions never matched it.",
        f"{GUIDE}/lambda/latest/dg/nodejs-exceptions.html",
        (
            (
                'status: "error", error: String(err.message || err), trace: err.stack || ""',
                'status: "error", error: String(err.message || err), '
                'error_type: (err && err.name) || "Error", trace: err.stack || ""',
            ),
        ),
    ),
    Patch(
        "services/lambda_svc.py",
        "The same, where the worker's response becomes that of the Lambda API.",
        f"{GUIDE}/lambda/latest/dg/nodejs-exceptions.html",
        (
            (
                """            error_type = "Runtime.HandlerError"
            if _RIE_TIMEOUT_TEXT_RE.fullmatch(error_msg):""",
                """            error_type = result.get("error_type") or "Runtime.HandlerError"
            if _RIE_TIMEOUT_TEXT_RE.fullmatch(error_msg):""",
            ),
        ),
    ),
    Patch(
        "services/lambda_svc.py",
        "The reserved concurrency of a function did not count for its versions and aliases.",
        f"{GUIDE}/lambda/latest/dg/configuration-concurrency.html",
        (
            (
                """    if isinstance(reserved, dict):
        reserved = reserved.get("ReservedConcurrentExecutions")
    if reserved is None:
        reserved = config.get("ReservedConcurrentExecutions")
    return None""",
                """    if isinstance(reserved, dict):
        reserved = reserved.get("ReservedConcurrentExecutions")
    if reserved is None:
        reserved = (_functions.get(config.get("FunctionName", "")) or {}).get("concurrency")
    if reserved is None:
        reserved = config.get("ReservedConcurrentExecutions")
    return None""",
            ),
        ),
    ),
    Patch(
        "services/stepfunctions.py",
        "A waitForTaskToken task whose function throws waited for its timeout instead of failing; "
        "and a token's state machine is needed by the next patch.",
        f"{GUIDE}/step-functions/latest/dg/connect-to-resource.html",
        (
            (
                """        ctx["Task"] = {"Token": new_uuid()}
""",
                """        ctx["Task"] = {"Token": new_uuid()}
        _token_machines[ctx["Task"]["Token"]] = ctx.get("StateMachine", {}).get("Id", "*")
""",
            ),
            (
                """_task_tokens = AccountRegionScopedDict()
""",
                """_task_tokens = AccountRegionScopedDict()
_token_machines = {}
""",
            ),
            (
                """            _call_lambda(func_ref, lambda_payload)
        except _ExecutionError:
            pass
""",
                """            _call_lambda(func_ref, lambda_payload)
        except _ExecutionError:
            _task_tokens.pop(token, None)
            raise
""",
            ),
        ),
    ),
    Patch(
        "core/iam_actions.py",
        "states:SendTask* was evaluated against every resource. AWS evaluates it against the state machine of the token: "
        "the CDK's grantTaskResponse relies on that.",
        "https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_stepfunctions.StateMachine.html#grantwbrtaskwbrresponseidentity",
        (
            (
                """    if service == "states":
        arn = _safe_json_field(body, "stateMachineArn")
""",
                """    if service == "states":
        token = _safe_json_field(body, "taskToken")
        if token:
            from ministack.services.stepfunctions import _token_machines
            return _token_machines.get(token, "*")
        arn = _safe_json_field(body, "stateMachineArn")
""",
            ),
        ),
    ),
    Patch(
        "core/iam_actions.py",
        "sqs:SendMessageBatch and the like were actions of their own. A batch needs the right to the single action.",
        f"{GUIDE}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api-actions.html",
        (
            (
                """    action_name = _action_from_target(headers)
    if action_name:
        return f"{namespace}:{action_name}"
""",
                """    action_name = _action_from_target(headers)
    if action_name:
        if namespace == "sqs":
            action_name = action_name.removesuffix("Batch")
        return f"{namespace}:{action_name}"
""",
            ),
        ),
    ),
    Patch(
        "core/iam_actions.py",
        "Reads of a table's stream were evaluated against every resource. AWS evaluates them against the stream.",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html",
        (
            (
                """    if service == "dynamodb":
        resources = dynamodb_resource_arns(body, region, account_id)
        if resources:
            return resources[0]
        return "*"
""",
                """    if service in ("dynamodb", "dynamodbstreams"):
        resources = dynamodb_resource_arns(body, region, account_id)
        if resources:
            return resources[0]
        stream = _safe_json_field(body, "StreamArn")
        iterator = _safe_json_field(body, "ShardIterator")
        if iterator:
            from ministack.services import dynamodb, dynamodb_streams
            table = (dynamodb_streams._decode_iterator(iterator) or {}).get("t")
            stream = (dynamodb._tables.get(table) or {}).get("LatestStreamArn")
        return stream or "*"
""",
            ),
        ),
    ),
    Patch(
        "core/iam_actions.py",
        "Actions on a log group were evaluated without the `:*` that its ARN has in a policy.",
        f"{GUIDE}/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html",
        (
            (
                """            return f"arn:aws:logs:{region}:{account_id}:log-group:{name}"
        return "*"
""",
                """            return f"arn:aws:logs:{region}:{account_id}:log-group:{name}:*"
        return "*"
""",
            ),
        ),
    ),
    Patch(
        "core/iam_evaluator.py",
        "The resource policy of a table was kept, but not evaluated.",
        f"{GUIDE}/amazondynamodb/latest/developerguide/access-control-resource-based.html",
        (
            (
                """    "kinesis": ("kinesis", "stream_policy_for_arn"),
}
""",
                """    "kinesis": ("kinesis", "stream_policy_for_arn"),
    "dynamodb": ("dynamodb", "table_policy_for_arn"),
}
""",
            ),
        ),
    ),
    Patch(
        "core/iam_evaluator.py",
        "The condition key aws:PrincipalArn was the ARN of a role's session. AWS compares the ARN of the role.",
        f"{GUIDE}/IAM/latest/UserGuide/reference_policies_condition-keys.html",
        (
            (
                """    if k == "aws:principalarn":
        return ctx.principal_arn
""",
                """    if k == "aws:principalarn":
        session = re.match(r"arn:aws:sts::(\\d+):assumed-role/([^/]+)/", ctx.principal_arn)
        return f"arn:aws:iam::{session[1]}:role/{session[2]}" if session else ctx.principal_arn
""",
            ),
        ),
    ),
    Patch(
        "services/dynamodb.py",
        "The same: the policy that governs a table and its indexes.",
        f"{GUIDE}/amazondynamodb/latest/developerguide/access-control-resource-based.html",
        (
            (
                """def _put_resource_policy(data):
""",
                """def table_policy_for_arn(arn):
    entry = _resource_policies.get(arn.split("/index/")[0])
    return (entry["Policy"], arn.split(":")[4]) if entry else None


def _put_resource_policy(data):
""",
            ),
        ),
    ),
    Patch(
        "services/apigateway.py",
        "Any Authorization header opened an IAM route, a bearer token too. AWS refuses a request without SigV4.",
        f"{GUIDE}/apigateway/latest/developerguide/http-api-access-control-iam.html",
        (
            (
                """        if not any(k.lower() == "authorization" for k in request_headers):
            return _jwt_forbidden()
        authorizer_iam = _iam_caller_identity_v2(request_headers, query_params or {})
""",
                """        if not request_headers.get("authorization", "").startswith("AWS4-HMAC-SHA256"):
            return _jwt_forbidden()
        authorizer_iam = _iam_caller_identity_v2(request_headers, query_params or {})
""",
            ),
        ),
    ),
    Patch(
        "services/apigateway.py",
        "The keys of a user pool were fetched over http from a gateway that speaks https only.",
        f"{GUIDE}/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html",
        (
            (
                """        return f"http://{_HOST}:{_PORT}/{pool_id}/.well-known/jwks.json"
""",
                """        scheme = "https" if os.environ.get("USE_SSL") else "http"
        return f"{scheme}://{_HOST}:{_PORT}/{pool_id}/.well-known/jwks.json"
""",
            ),
        ),
    ),
    Patch(
        "services/cognito.py",
        "A person could sign up to a user pool in which only an administrator creates users.",
        f"{GUIDE}/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUserConfigType.html",
        (
            (
                """        return error_response_json("ResourceNotFoundException", f"Client {cid} not found.", 400)
    username_err = _new_user_error(pool, username or "", _attr_list_to_dict(data.get("UserAttributes", [])))
""",
                """        return error_response_json("ResourceNotFoundException", f"Client {cid} not found.", 400)
    if str((pool.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly")).lower() == "true":
        return error_response_json("NotAuthorizedException", "SignUp is not permitted for this user pool", 400)
    username_err = _new_user_error(pool, username or "", _attr_list_to_dict(data.get("UserAttributes", [])))
""",
            ),
        ),
    ),
    Patch(
        "services/scheduler.py",
        "The context attribute of the scheduled time stayed in the input as it is written.",
        f"{GUIDE}/scheduler/latest/UserGuide/managing-schedule-context-attributes.html",
        (
            (
                """                _eb._invoke_target(target, event, sched)
""",
                """                scheduled = datetime.fromtimestamp(now, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
                target_input = str(target.get("Input") or "").replace("<aws.scheduler.scheduled-time>", scheduled)
                _eb._invoke_target({**target, "Input": target_input} if target_input else target, event, sched)
""",
            ),
        ),
    ),
    Patch(
        "services/cloudformation/provisioners.py",
        "Each update of a table without a name of its own replaced it. AWS replaces it for another key only.",
        f"{GUIDE}/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html",
        (
            (
                """    return _ddb_update(physical_id, old_props, translated, stack_name)
""",
                """    translated.setdefault("TableName", physical_id)
    return _ddb_update(physical_id, old_props, translated, stack_name)
""",
            ),
        ),
    ),
    Patch(
        "services/cloudformation/provisioners.py",
        "CloudFormation refused an archive of a bus, alarms on metric math and the URL of a user pool as an attribute. The "
        "services have the first; an alarm on metric math is kept, but not evaluated. The settings of CORS had names that the "
        "gateway does not know.",
        f"{GUIDE}/AWSCloudFormation/latest/TemplateReference/aws-resource-events-archive.html",
        (
            (
                """        "ProviderName": f"cognito-idp.{get_region()}.amazonaws.com/{pid}",
        "UserPoolId": pid,
""",
                """        "ProviderName": f"cognito-idp.{get_region()}.amazonaws.com/{pid}",
        "ProviderURL": f"https://cognito-idp.{get_region()}.amazonaws.com/{pid}",
        "UserPoolId": pid,
""",
            ),
            (
                """    alarm = _cw_metric_alarm_record(name, props)
    _cw.cloudformation_put_metric_alarm(alarm)
""",
                """    metrics = props.get("Metrics")
    if metrics:
        single = {"MetricName": "-", "Namespace": "-"}
        alarm = _cw_metric_alarm_record(name, {**{k: v for k, v in props.items() if k != "Metrics"}, **single})
        alarm.update(Metrics=metrics, MetricName=None, Namespace=None, Statistic=None, Period=None)
    else:
        alarm = _cw_metric_alarm_record(name, props)
    _cw.cloudformation_put_metric_alarm(alarm)
""",
            ),
            (
                """        api["corsConfiguration"] = props["CorsConfiguration"]
""",
                """        cors = props["CorsConfiguration"]
        api["corsConfiguration"] = {name[0].lower() + name[1:]: value for name, value in cors.items()}
""",
            ),
            (
                """        payload["corsConfiguration"] = new_props["CorsConfiguration"]
""",
                """        cors = new_props["CorsConfiguration"]
        payload["corsConfiguration"] = {name[0].lower() + name[1:]: value for name, value in cors.items()}
""",
            ),
            (
                """def _cw_dashboard_name(logical_id, props, stack_name):
""",
                """def _eb_archive_data(name, props):
    data = {"ArchiveName": name, "EventSourceArn": props["SourceArn"], "Description": props.get("Description", ""),
            "RetentionDays": int(props.get("RetentionDays", 0)), "KmsKeyIdentifier": props.get("KmsKeyIdentifier", "")}
    if props.get("EventPattern"):
        data["EventPattern"] = json.dumps(props["EventPattern"])
    return data


def _eb_archive_create(logical_id, props, stack_name):
    name = props.get("ArchiveName") or _physical_name(stack_name, logical_id, max_len=48)
    response = _eb._create_archive(_eb_archive_data(name, props))
    if response[0] >= 400:
        raise ValueError(f"AWS::Events::Archive create failed: {response[2]!r}")
    return name, {"ArchiveName": name, "Arn": f"arn:aws:events:{get_region()}:{get_account_id()}:archive/{name}"}


def _eb_archive_update(physical_id, old_props, new_props, stack_name):
    response = _eb._update_archive(_eb_archive_data(physical_id, new_props))
    if response[0] >= 400:
        raise ValueError(f"AWS::Events::Archive update failed: {response[2]!r}")
    arn = f"arn:aws:events:{get_region()}:{get_account_id()}:archive/{physical_id}"
    return physical_id, {"ArchiveName": physical_id, "Arn": arn}


def _eb_archive_delete(physical_id, props):
    _eb._delete_archive({"ArchiveName": physical_id})


def _cw_dashboard_name(logical_id, props, stack_name):
""",
            ),
            (
                """    "AWS::CloudWatch::Alarm": {
        "create": _cw_metric_alarm_create,
""",
                """    "AWS::Events::Archive": {
        "create": _eb_archive_create,
        "update": _eb_archive_update,
        "delete": _eb_archive_delete,
    },
    "AWS::CloudWatch::Alarm": {
        "create": _cw_metric_alarm_create,
""",
            ),
        ),
    ),
]


def apply(patch: Patch) -> None:
    file = PACKAGE / patch.file
    text = file.read_text(encoding="utf-8")
    for old, new in patch.replacements:
        if new in text:
            continue
        if text.count(old) != 1:
            sys.exit(
                f"MiniStack {patch.file} has {text.count(old)} times, not once, the text that a patch replaces "
                f"({patch.reason}). Check test/emulator/python/patch_ministack.py against the installed version."
            )
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for patch in PATCHES:
        apply(patch)
    print(len(PATCHES))
