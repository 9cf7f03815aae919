"""Clients for the emulator, and the names that CloudFormation gave to what it deployed."""

import functools
import glob
import json
import os
import pathlib
from typing import Any, Iterator

import boto3

ACCOUNT = "000000000000"
REGION = "us-east-1"


@functools.cache
def client(service: str) -> Any:
    """Returns the client of an AWS service, at the endpoint of the environment."""
    return boto3.client(service, region_name=REGION, endpoint_url=os.environ["AWS_ENDPOINT_URL"])


def pages(service: str, operation: str, key: str, **arguments: Any) -> Iterator[Any]:
    """Yields the items of every page of a list operation."""
    for page in client(service).get_paginator(operation).paginate(**arguments):
        yield from page[key]


def templates(assembly: str) -> dict[str, dict[str, Any]]:
    """Returns the templates of a cloud assembly by stack."""
    files = sorted(glob.glob(f"{assembly}/*.template.json"))
    return {
        os.path.basename(file).removesuffix(".template.json"): json.loads(pathlib.Path(file).read_text())
        for file in files
    }


def physical_ids(stack: str) -> dict[str, str]:
    """Returns the physical ids of a stack's resources by logical id."""
    summaries = pages("cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack)
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in summaries}


@functools.cache
def exports() -> dict[str, str]:
    """Returns the values of all exports by name."""
    return {one["Name"]: one["Value"] for one in pages("cloudformation", "list_exports", "Exports")}


# Stands for the value of an intrinsic function that the check cannot derive.
UNKNOWN = "<unknown>"


class Stack:
    """A deployed stack: its template, with references replaced by the names that the emulator gave."""

    def __init__(self, name: str, template: dict[str, Any]) -> None:
        self.name = name
        self.resources: dict[str, dict[str, Any]] = template["Resources"]
        self.physical = physical_ids(name)

    def resolve(self, value: Any) -> Any:
        """Returns a value of the template without intrinsic functions: UNKNOWN where one has no known value."""
        if isinstance(value, list):
            return [self.resolve(one) for one in value]
        if not isinstance(value, dict):
            return value
        if len(value) != 1:
            return {key: self.resolve(one) for key, one in value.items()}
        ((name, argument),) = value.items()
        if name == "Ref":
            return self._reference(argument)
        if name == "Fn::GetAtt":
            return self._attribute(*argument)
        if name == "Fn::Join":
            parts = [str(one) for one in self.resolve(argument[1])]
            return UNKNOWN if UNKNOWN in parts else argument[0].join(parts)
        if name == "Fn::ImportValue":
            return exports().get(self.resolve(argument), UNKNOWN)
        if name.startswith("Fn::"):
            return UNKNOWN
        return {name: self.resolve(argument)}

    def _reference(self, name: str) -> str:
        pseudo = {
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": self.name,
        }
        return pseudo.get(name) or self.physical.get(name, UNKNOWN)

    def _attribute(self, logical_id: str, attribute: str) -> str:
        kind = self.resources[logical_id]["Type"]
        name = self._reference(logical_id)
        last = name.rsplit("/", 1)[-1]
        known = {
            ("AWS::SQS::Queue", "Arn"): f"arn:aws:sqs:{REGION}:{ACCOUNT}:{last}",
            ("AWS::SQS::Queue", "QueueName"): last,
            ("AWS::Lambda::Function", "Arn"): f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
            ("AWS::Events::EventBus", "Arn"): f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{name}",
            ("AWS::Events::EventBus", "Name"): name,
            ("AWS::IAM::Role", "Arn"): f"arn:aws:iam::{ACCOUNT}:role/{name}",
        }
        return known.get((kind, attribute), UNKNOWN)
