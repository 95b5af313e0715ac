"""moto's server with what Terraform asks for and moto 5.2.5 does not answer.

Each help says what happens without it. Take them out one by one as moto learns them.
"""

import json
import sys

from moto import server
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.budgets.responses import BudgetsResponse
from moto.core.utils import camelcase_to_underscores
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.iam.access_control import PermissionResult
from moto.rds.models import DBParameterGroup
from moto.rds.responses import RDSResponse
from moto.s3.models import FakeBucket
from moto.sqs.models import Queue


def answers(response, action, method):
    """Adds an action that moto does not know: it answers 500, and Terraform gives up."""
    if hasattr(response, action):
        sys.exit(f"moto has {action} now: take the help for it out of {__file__}")
    setattr(response, action, method)


# Budgets: who is told is written and never read.
def describe_subscribers_for_notification(self):
    budget = self.backend.budgets[self._get_param("AccountId")][self._get_param("BudgetName")]
    wanted = self._get_param("Notification")
    for notification in budget.notifications:
        if all(notification.details.get(key) == value for key, value in wanted.items()):
            return json.dumps({"Subscribers": notification.subscribers})
    return json.dumps({"Subscribers": []})


answers(BudgetsResponse, "describe_subscribers_for_notification", describe_subscribers_for_notification)


# Budgets and Application Auto Scaling: tags are not kept. The one names a budget in its ARN, the other answers the ARN
# when a target is registered; nothing else of theirs has tags.
kept_tags = {}


def as_map(tags):
    return {tag["Key"]: tag["Value"] for tag in tags} if isinstance(tags, list) else tags or {}


def tag_resource(self):
    tags = self._get_param("ResourceTags") or self._get_param("Tags")
    kept_tags.setdefault(self._get_param("ResourceARN"), {}).update(as_map(tags))
    return "{}"


def untag_resource(self):
    for key in self._get_param("ResourceTagKeys") or self._get_param("TagKeys"):
        kept_tags.get(self._get_param("ResourceARN"), {}).pop(key, None)
    return "{}"


def list_tags_for_resource(self):
    kept = kept_tags.get(self._get_param("ResourceARN"), {})
    return json.dumps({"Tags": kept, "ResourceTags": [{"Key": key, "Value": value} for key, value in kept.items()]})


for response in [BudgetsResponse, ApplicationAutoScalingResponse]:
    answers(response, "tag_resource", tag_resource)
    answers(response, "untag_resource", untag_resource)
    answers(response, "list_tags_for_resource", list_tags_for_resource)

create_budget, register = BudgetsResponse.create_budget, ApplicationAutoScalingResponse.register_scalable_target


def create_tagged_budget(self):
    name = self._get_param("Budget")["BudgetName"]
    kept_tags[f"arn:aws:budgets::{self._get_param('AccountId')}:budget/{name}"] = as_map(self._get_param("ResourceTags"))
    return create_budget(self)


def register_tagged(self):
    answer = register(self)
    kept_tags.setdefault(json.loads(answer)["ScalableTargetARN"], {}).update(as_map(self._get_param("Tags")))
    return answer


BudgetsResponse.create_budget = create_tagged_budget
ApplicationAutoScalingResponse.register_scalable_target = register_tagged


# SQS: forgets a queue's policy whenever another attribute is set, and does not know who may redrive to a queue.
set_attributes, attributes = Queue._set_attributes, Queue.attributes.fget


def keep_attributes(self, given, now=None):
    policy = getattr(self, "policy", None)
    set_attributes(self, given, now)
    if "Policy" not in given:
        self.policy = policy


def all_attributes(self):
    kept = {key: value for key, value in attributes(self).items() if key != "RedriveAllowPolicy" or value}
    if kept.get("RedrivePolicy"):
        # As AWS writes it: Terraform compares the text.
        kept["RedrivePolicy"] = json.dumps(json.loads(kept["RedrivePolicy"]), separators=(",", ":"))
    return kept


Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
Queue.redrive_allow_policy = None
Queue._set_attributes = keep_attributes
Queue.attributes = property(all_attributes)


# ECS: keeps of a service what moto works with; of the rest Terraform would say at each plan that it is missing.
KEPT = [
    "alarms",
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
]


def keep(action):
    def kept(self):
        result = action(self)
        service = result.result["service"]
        for key in KEPT:
            if self._get_param(key) is not None:
                setattr(service, camelcase_to_underscores(key), self._get_param(key))
        return result

    return kept


for name in ["create_service", "update_service"]:
    setattr(EC2ContainerServiceResponse, name, keep(getattr(EC2ContainerServiceResponse, name)))


# ECS: runs no task with a container that does not say its memory, which on Fargate the task does.
def nothing_of_an_instance(task_definition):
    return {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}


EC2ContainerServiceBackend._calculate_task_resource_requirements = staticmethod(nothing_of_an_instance)


# RDS: does not say whose a parameter is, and forgets Performance Insights.
update_parameters, create_db_instance = DBParameterGroup.update_parameters, RDSResponse.create_db_instance


def update_own_parameters(self, new_parameters):
    update_parameters(self, [{**parameter, "Source": "user"} for parameter in new_parameters])


def create_observed_instance(self):
    result = create_db_instance(self)
    instance = result.result["DBInstance"]
    instance.performance_insights_enabled = self.params.get("EnablePerformanceInsights", False)
    instance.performance_insights_kms_key_id = self.params.get("PerformanceInsightsKMSKeyId")
    instance.performance_insights_retention_period = self.params.get("PerformanceInsightsRetentionPeriod")
    return result


DBParameterGroup.update_parameters = update_own_parameters
RDSResponse.create_db_instance = create_observed_instance


# EC2: a rule about a security group has no description.
def description(self):
    return (self.ip_range or {}).get("Description") or (self.source_group or {}).get("Description")


SecurityGroupRule.description = property(description)


# S3: refuses, by the policy of our own bucket, whoever comes without TLS, as Terraform does on loopback for its states.
FakeBucket.get_permission = lambda self, action, resource: PermissionResult.NEUTRAL


if __name__ == "__main__":
    server.main(sys.argv[1:])
