"""moto's server with what Terraform asks for and moto 5.2.5 does not answer.

Each help says what happens without it. Take them out one by one as moto learns them.
"""

import json
import sys

from moto import server
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.budgets.responses import BudgetsResponse
from moto.core.utils import camelcase_to_underscores
from moto.ecs.responses import EC2ContainerServiceResponse
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


# Budgets: has no tags.
answers(BudgetsResponse, "tag_resource", lambda self: "{}")
answers(BudgetsResponse, "untag_resource", lambda self: "{}")
answers(BudgetsResponse, "list_tags_for_resource", lambda self: json.dumps({"ResourceTags": []}))


# Application Auto Scaling: tags of a scalable target are not kept.
def tags(self):
    arn = self._get_param("ResourceARN")
    kept = self.applicationautoscaling_backend.__dict__.setdefault("kept_tags", {})
    return kept.setdefault(arn, {})


def tag_resource(self):
    tags(self).update(self._get_param("Tags"))
    return "{}"


def untag_resource(self):
    for key in self._get_param("TagKeys"):
        tags(self).pop(key, None)
    return "{}"


answers(ApplicationAutoScalingResponse, "tag_resource", tag_resource)
answers(ApplicationAutoScalingResponse, "untag_resource", untag_resource)
answers(ApplicationAutoScalingResponse, "list_tags_for_resource", lambda self: json.dumps({"Tags": tags(self)}))


# SQS: forgets a queue's policy whenever another attribute is set, and does not know who may redrive to a queue.
set_attributes, attributes = Queue._set_attributes, Queue.attributes.fget


def keep_attributes(self, given, now=None):
    policy = getattr(self, "policy", None)
    set_attributes(self, given, now)
    if "Policy" not in given:
        self.policy = policy


def all_attributes(self):
    return {key: value for key, value in attributes(self).items() if key != "RedriveAllowPolicy" or value}


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


if __name__ == "__main__":
    server.main(sys.argv[1:])
