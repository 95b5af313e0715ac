# The firewall: staff hosts for the office alone, and known attacks for nobody.
mock_provider "aws" {}

variables {
  name             = "velox-test"
  alb_arn          = "arn:aws:elasticloadbalancing:eu-central-1:111111111111:loadbalancer/app/velox/0123456789abcdef"
  office_addresses = ["203.0.113.10/32"]
  public_hosts     = { app = ["app.velox.example"], api = ["api.velox.example"] }
  large_body_paths = ["/imports"]
  kms_key_arn      = "arn:aws:kms:eu-central-1:111111111111:key/00000000-0000-0000-0000-000000000000"
}

run "fails_closed" {
  command = plan

  module {
    source = "../modules/waf"
  }

  assert {
    condition     = one([for rule in aws_wafv2_web_acl.this.rule : rule.name if rule.priority == 0]) == "office-only"
    error_message = "The office's rule comes before every other."
  }

  assert {
    condition = length(one([
      for rule in aws_wafv2_web_acl.this.rule : rule.action[0].block if rule.name == "office-only"
    ])) == 1
    error_message = "The office's rule blocks."
  }

  assert {
    condition = length([
      for statement in one([
        for rule in aws_wafv2_web_acl.this.rule : rule.statement[0].and_statement[0].statement if rule.name == "office-only"
      ]) : statement if length(statement.not_statement) == 1
    ]) == 2
    error_message = "Blocked is what is neither a public host nor from the office: both conditions are negations, so that an unknown host is blocked."
  }

  assert {
    condition = alltrue([
      for pattern in aws_wafv2_regex_pattern_set.public["all"].regular_expression : startswith(pattern.regex_string, "^ap") && endswith(pattern.regex_string, "$")
    ])
    error_message = "A public host is named in full."
  }

  assert {
    condition     = !anytrue([for pattern in aws_wafv2_regex_pattern_set.public["all"].regular_expression : can(regex(pattern.regex_string, "admin.velox.example"))])
    error_message = "The staff's host is no public one."
  }

  assert {
    condition     = !anytrue([for pattern in aws_wafv2_regex_pattern_set.public["all"].regular_expression : can(regex(pattern.regex_string, "app-velox.example"))])
    error_message = "A dot in a host's name is a dot."
  }

  assert {
    condition     = anytrue([for pattern in aws_wafv2_regex_pattern_set.public["all"].regular_expression : can(regex(pattern.regex_string, "app.velox.example:443"))])
    error_message = "A port may follow."
  }
}

run "managed_rules" {
  command = plan

  module {
    source = "../modules/waf"
  }

  assert {
    condition = toset(flatten([
      for rule in aws_wafv2_web_acl.this.rule : [for group in rule.statement[0].managed_rule_group_statement : group.name]
      ])) == toset([
      "AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesSQLiRuleSet", "AWSManagedRulesBotControlRuleSet",
    ])
    error_message = "Common rules, known bad inputs, SQL injection and bots."
  }

  assert {
    condition     = alltrue([for rule in aws_wafv2_web_acl.this.rule : length(rule.override_action[0].none) == 1 if length(rule.override_action) > 0])
    error_message = "Amazon's rules do what they say: none of the groups only counts."
  }

  assert {
    condition     = contains([for rule in aws_wafv2_web_acl.this.rule : rule.name], "large-body") && contains([for rule in aws_wafv2_web_acl.this.rule : rule.name], "api-rate")
    error_message = "The size of bodies is limited but on the path of imports, and the API's rate is."
  }
}

run "office_is_not_everybody" {
  command = plan

  module {
    source = "../modules/waf"
  }

  variables {
    office_addresses = ["0.0.0.0/0"]
  }

  expect_failures = [var.office_addresses]
}

run "staff_hosts_are_not_public" {
  command = plan

  module {
    source = "../modules/waf"
  }

  variables {
    public_hosts = { app = ["app.velox.example"], api = ["api.velox.example"], admin = ["admin.velox.example"] }
  }

  expect_failures = [var.public_hosts]
}

run "the_listener_says_the_same" {
  command = plan

  module {
    source = "../modules/service"
  }

  variables {
    cluster                = "velox-test"
    definition_arn         = "arn:aws:ecs:eu-central-1:111111111111:task-definition/velox-test-admin:1"
    capacity_provider      = "FARGATE"
    tasks                  = { min = 2, max = 2 }
    subnet_ids             = ["subnet-1"]
    security_group_id      = "sg-1"
    vpc_id                 = "vpc-1"
    listener_arn           = "arn:aws:elasticloadbalancing:eu-central-1:111111111111:listener/app/velox/0123456789abcdef/0123456789abcdef"
    alb_arn_suffix         = "app/velox/0123456789abcdef"
    rule                   = { priority = 10, host = "admin.velox.example", source_addresses = ["203.0.113.10/32"] }
    http_port              = 8080
    health                 = { port = 9000, path = "/readyz" }
    deregistration_delay_s = 10
    topic_arn              = "arn:aws:sns:eu-central-1:111111111111:velox-test-alarms"
  }

  assert {
    condition     = toset(flatten([for condition in aws_lb_listener_rule.this.condition : [for ip in condition.source_ip : ip.values]])) == toset(["203.0.113.10/32"])
    error_message = "Staff's host is reached from the office alone, whatever the firewall says."
  }

  assert {
    condition     = aws_ecs_service.this.deployment_circuit_breaker[0].rollback && aws_ecs_service.this.alarms[0].rollback && aws_ecs_service.this.deployment_minimum_healthy_percent == 100
    error_message = "What does not come up, or answers with errors, is taken back, and nobody notices."
  }

  assert {
    condition     = !aws_ecs_service.this.network_configuration[0].assign_public_ip && !aws_ecs_service.this.enable_execute_command
    error_message = "Tasks have no public address and nobody types in them."
  }
}
