"""Creates an IAM user who may call the service routes of an API, and nothing else: `service_user.py API_ID`.

Prints {"accessKeyId": ..., "secretAccessKey": ...}.
"""

import json
import sys

from aws import ACCOUNT, REGION, client

NAME = "stockbook-end-to-end"


def main(api_id: str) -> None:
    iam = client("iam")
    iam.create_user(UserName=NAME)
    statement = {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api_id}/*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=NAME, PolicyName="invoke", PolicyDocument=document)
    key = iam.create_access_key(UserName=NAME)["AccessKey"]
    print(json.dumps({"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]}))


if __name__ == "__main__":
    main(sys.argv[1])
