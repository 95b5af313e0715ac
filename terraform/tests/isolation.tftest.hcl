# Two worlds that know nothing of each other.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }

  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
}

variables {
  nonprod = jsondecode(file("../envs/nonprod-network/catalog.auto.tfvars.json"))
  prod    = jsondecode(file("../envs/prod/catalog.auto.tfvars.json"))
  sources = { for path in fileset("..", "{bootstrap,envs,modules}/**/*.tf") : path => file("../${path}") }
}

run "two_accounts_and_two_states" {
  command = plan

  module {
    source = "./facts"
  }

  assert {
    condition     = output.nonprod.account.account_id != output.prod.account.account_id
    error_message = "nonprod and prod are two accounts."
  }

  assert {
    condition     = length(distinct([for backend in output.backends : backend.bucket])) == 2 && length(distinct([for backend in output.backends : "${backend.bucket}/${backend.key}"])) == length(output.backends)
    error_message = "Each root has a state of its own, in the bucket of its world."
  }

  assert {
    condition     = alltrue([for root, backend in output.backends : strcontains(backend.bucket, "-prod-") == (root == "prod") && backend.encrypt && backend.use_lockfile])
    error_message = "Only prod's state is in prod's bucket; states are encrypted and locked."
  }

  assert {
    condition     = alltrue([for root, backend in output.backends : backend.allowed_account_ids == [output.accounts[root]]])
    error_message = "A state is opened with the credentials of its own account alone."
  }

  assert {
    condition     = length([for path, text in output.sources : path if strcontains(text, "terraform_remote_state")]) == 0
    error_message = "No root reads the state of another."
  }

  assert {
    condition     = alltrue([for path, text in output.sources : strcontains(text, "allowed_account_ids") if can(regex("(?m)^provider \"aws\"", text))])
    error_message = "A provider names the account that it works in."
  }

  assert {
    condition     = alltrue([for path, text in output.sources : length(regexall("(?m)^provider \"aws\"", text)) <= 1 && !can(regex("alias\\s*=", text))])
    error_message = "No root has a second provider."
  }

  assert {
    condition     = alltrue([for path, text in output.sources : !can(regex("velox-prod|/prod/", text)) if !startswith(path, "envs/prod/")])
    error_message = "Nothing outside of envs/prod names anything of prod."
  }
}

run "tasks_and_databases_are_in_private_subnets" {
  command = plan

  module {
    source = "../modules/network"
  }

  variables {
    name                 = "velox-test"
    cidr                 = "10.30.0.0/16"
    kms_key_arn          = "arn:aws:kms:eu-central-1:222222222222:key/00000000-0000-0000-0000-000000000000"
    nat_gateway_per_zone = false
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_subnet.private) == 2
    error_message = "Two zones share one NAT gateway, unless asked otherwise."
  }

  assert {
    condition     = alltrue([for subnet in concat(values(aws_subnet.public), values(aws_subnet.private)) : subnet.map_public_ip_on_launch != true])
    error_message = "Nothing is given a public address by itself."
  }

  assert {
    condition     = toset(keys(aws_vpc_endpoint.gateway)) == toset(["s3", "dynamodb"])
    error_message = "Files and sessions do not go through the NAT gateway."
  }
}

run "a_nat_gateway_in_each_zone" {
  command = plan

  module {
    source = "../modules/network"
  }

  variables {
    name                 = "velox-test"
    cidr                 = "10.30.0.0/16"
    kms_key_arn          = "arn:aws:kms:eu-central-1:222222222222:key/00000000-0000-0000-0000-000000000000"
    nat_gateway_per_zone = true
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 2
    error_message = "One for each zone."
  }
}
