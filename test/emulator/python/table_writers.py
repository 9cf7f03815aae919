"""Checks that only its own functions write a table: `table_writers.py ASSEMBLY`.

A user with every right on DynamoDB tries to write and to read each table. Exits with an error when a write succeeds, or a read
fails. Prints the number of tables.
"""

import json
import sys
from typing import Any

import boto3
import botocore.exceptions

from aws import REGION, Stack, client, templates

NAME = "stockbook-every-right-on-dynamodb"
KEY = {"pk": {"S": "intruder"}, "sk": {"S": "intruder"}}


def user_with_every_right() -> Any:
    """Returns a DynamoDB client that acts as a user who may do everything with every table."""
    iam = client("iam")
    iam.create_user(UserName=NAME)
    statement = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=NAME, PolicyName="everything", PolicyDocument=document)
    key = iam.create_access_key(UserName=NAME)["AccessKey"]
    return boto3.client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=client("dynamodb").meta.endpoint_url,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def main(assembly: str) -> None:
    intruder = user_with_every_right()
    tables = 0
    for name, template in templates(assembly).items():
        stack = Stack(name, template)
        for logical_id, resource in stack.resources.items():
            if resource["Type"] != "AWS::DynamoDB::GlobalTable":
                continue
            table = stack.physical[logical_id]
            intruder.get_item(TableName=table, Key=KEY)
            try:
                intruder.put_item(TableName=table, Item=KEY)
            except botocore.exceptions.ClientError as error:
                if error.response["Error"]["Code"] != "AccessDeniedException":
                    raise
                tables += 1
            else:
                sys.exit(f"A user who is none of its functions wrote to the table {table}.")
    print(tables)


if __name__ == "__main__":
    main(sys.argv[1])
