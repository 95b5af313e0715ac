# A task: nothing to write on, nothing to gain, and two roles that know nothing of each other's rights.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
}

variables {
  name           = "velox-test-web"
  log_group      = "/velox/test/web"
  image          = "registry.example/velox/web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  repository_arn = "arn:aws:ecr:eu-central-1:111111111111:repository/velox/web"
  cpu            = 256
  memory_mib     = 512
  architecture   = "X86_64"
  ports          = [8080, 9000]
  health_check   = ["/adapter", "healthcheck", "--url", "http://127.0.0.1:9000/readyz"]
  stop_timeout_s = 30
  environment    = { TZ = "UTC" }
  secrets        = { DATABASE_URL = "arn:aws:ssm:eu-central-1:111111111111:parameter/velox/test/web/DATABASE_URL" }
  grants         = { TableSessions = { actions = ["dynamodb:GetItem"], resources = ["arn:aws:dynamodb:eu-central-1:111111111111:table/velox-test-sessions"] } }
  kms_key_arn    = "arn:aws:kms:eu-central-1:111111111111:key/00000000-0000-0000-0000-000000000000"
}

run "a_container_can_write_nothing_and_gain_nothing" {
  command = plan

  module {
    source = "../modules/task"
  }

  assert {
    condition     = alltrue([for container in jsondecode(aws_ecs_task_definition.this.container_definitions) : container.readonlyRootFilesystem])
    error_message = "The root file system is read-only."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.this.container_definitions)[0].linuxParameters.capabilities.drop == ["ALL"]
    error_message = "A container has no capabilities."
  }

  assert {
    condition     = !strcontains(jsonencode(jsondecode(aws_ecs_task_definition.this.container_definitions)[0].environment), "DATABASE_URL")
    error_message = "A secret is no plain variable."
  }
}

run "two_roles" {
  command = plan

  module {
    source = "../modules/task"
  }

  assert {
    condition     = one([for statement in data.aws_iam_policy_document.execution.statement : statement.resources if statement.sid == "Secrets"]) == toset(values(var.secrets))
    error_message = "The task is started with its own secrets and no others."
  }

  assert {
    condition     = toset(flatten([for statement in data.aws_iam_policy_document.task[0].statement : tolist(statement.actions) if statement.sid != "Key"])) == toset(["dynamodb:GetItem"])
    error_message = "The code may do what its functions do."
  }

  assert {
    condition = alltrue(flatten([
      for statement in concat(data.aws_iam_policy_document.task[0].statement, data.aws_iam_policy_document.execution.statement) :
      [for resource in statement.resources : resource != "*" || statement.sid == "Token"] if statement.sid != "Log"
    ]))
    error_message = "Nothing is allowed on everything, but the token of the registry."
  }
}

run "without_grants_there_is_nothing_to_allow" {
  command = plan

  module {
    source = "../modules/task"
  }

  variables {
    grants = {}
  }

  assert {
    condition     = length(aws_iam_role_policy.task) == 0
    error_message = "A migration's task may do nothing in AWS."
  }
}

run "fargate_kills_after_two_minutes" {
  command = plan

  module {
    source = "../modules/task"
  }

  variables {
    stop_timeout_s = 300
  }

  expect_failures = [var.stop_timeout_s]
}
