# An environment: encryption, names, and who may reach whom, with the catalogue as it is.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "222222222222" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  name                = "velox-test"
  kms_key_arn         = "arn:aws:kms:eu-central-1:222222222222:key/00000000-0000-0000-0000-000000000000"
  topic_arn           = "arn:aws:sns:eu-central-1:222222222222:velox-test-alarms"
  deletion_protection = true
  catalog             = jsondecode(file("../envs/prod/catalog.auto.tfvars.json")).catalog
}

run "tables_are_encrypted_and_expire" {
  command = plan

  module {
    source = "../modules/tables"
  }

  variables {
    tables = jsondecode(file("../envs/prod/catalog.auto.tfvars.json")).catalog.tables
  }

  assert {
    condition     = alltrue([for table in aws_dynamodb_table.this : table.server_side_encryption[0].enabled && table.server_side_encryption[0].kms_key_arn == var.kms_key_arn])
    error_message = "Tables are encrypted with the environment's key."
  }

  assert {
    condition     = alltrue([for table in aws_dynamodb_table.this : table.ttl[0].enabled && table.deletion_protection_enabled && startswith(table.name, "velox-test-")])
    error_message = "Tables forget by themselves, are protected, and carry the environment's name."
  }

  assert {
    condition     = alltrue([for key in ["sessions", "tokens"] : aws_dynamodb_table.this[key].point_in_time_recovery[0].enabled])
    error_message = "What people would miss can be brought back."
  }
}

run "queues_are_encrypted_and_keep_what_fails" {
  command = plan

  module {
    source = "../modules/queues"
  }

  variables {
    queues = jsondecode(file("../envs/prod/catalog.auto.tfvars.json")).catalog.queues
  }

  assert {
    condition     = keys(aws_sqs_queue.this) == keys(aws_sqs_queue.dead_letters) && keys(aws_sqs_queue.this) == keys(aws_sqs_queue_redrive_allow_policy.this)
    error_message = "Each queue has dead letters that only it may send to."
  }

  assert {
    condition     = alltrue([for queue in concat(values(aws_sqs_queue.this), values(aws_sqs_queue.dead_letters)) : queue.kms_master_key_id == var.kms_key_arn && startswith(queue.name, "velox-test-")])
    error_message = "Queues are encrypted with the environment's key, and carry its name."
  }

  assert {
    condition     = alltrue([for queue in aws_sqs_queue.dead_letters : queue.message_retention_seconds == 1209600])
    error_message = "Dead letters are kept as long as SQS can."
  }
}

run "files_are_private" {
  command = plan

  module {
    source = "../modules/buckets"
  }

  variables {
    buckets = { files = { kept_days = 90 } }
    origins = ["https://app.velox.example"]
  }

  assert {
    condition = alltrue([
      for block in aws_s3_bucket_public_access_block.this :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ])
    error_message = "No file is public."
  }

  assert {
    condition     = alltrue([for encryption in aws_s3_bucket_server_side_encryption_configuration.this : one(one(encryption.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key_arn])
    error_message = "Files are encrypted with the environment's key."
  }

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket.this : bucket.bucket == "velox-test-files-222222222222" && bucket.force_destroy == false])
    error_message = "A bucket carries the environment's name and the account's, and stays while there are files in it."
  }
}

run "the_database_is_closed" {
  command = plan

  module {
    source = "../modules/database"
  }

  variables {
    database                  = jsondecode(file("../envs/prod/catalog.auto.tfvars.json")).catalog.database
    instance_class            = "db.t4g.medium"
    storage_gib               = 50
    multi_az                  = true
    backup_days               = 30
    vpc_id                    = "vpc-1"
    subnet_ids                = ["subnet-1", "subnet-2"]
    client_security_group_ids = { tasks = "sg-tasks", router = "sg-router" }
  }

  assert {
    condition     = aws_db_instance.this.storage_encrypted && aws_db_instance.this.kms_key_id == var.kms_key_arn && !aws_db_instance.this.publicly_accessible
    error_message = "Encrypted, and not on the internet."
  }

  assert {
    condition     = aws_db_instance.this.manage_master_user_password && aws_db_instance.this.password == null
    error_message = "Nobody has seen the master's password, and no state holds it."
  }

  assert {
    condition     = one([for parameter in aws_db_parameter_group.this.parameter : parameter.value if parameter.name == "rds.force_ssl"]) == "1"
    error_message = "Nobody connects without TLS."
  }

  assert {
    condition     = aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot && aws_db_instance.this.backup_retention_period >= 7
    error_message = "Protected, and backed up."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.client : rule.cidr_ipv4 == null && rule.to_port == rule.from_port])
    error_message = "Only security groups are let in, and on one port."
  }
}

run "secrets_never_reach_the_state" {
  command = plan

  module {
    source = "../modules/secrets"
  }

  variables {
    path    = "/velox/test"
    secrets = { for key, service in jsondecode(file("../envs/prod/catalog.auto.tfvars.json")).catalog.services : key => service.secrets }
  }

  assert {
    condition     = alltrue([for parameter in aws_ssm_parameter.this : parameter.type == "SecureString" && parameter.key_id == var.kms_key_arn])
    error_message = "Secrets are encrypted with the environment's key."
  }

  assert {
    condition     = contains(keys(aws_ssm_parameter.this), "web/DATABASE_URL") && aws_ssm_parameter.this["web/DATABASE_URL"].name == "/velox/test/web/DATABASE_URL"
    error_message = "A secret is named after the environment, the service and the variable."
  }

  assert {
    condition     = !anytrue([for key in keys(aws_ssm_parameter.this) : endswith(key, "OWNER_DATABASE_URL")])
    error_message = "No service is given the schema owner's secret."
  }
}

run "a_schedule_sends_to_its_own_queue" {
  command = plan

  module {
    source = "../modules/schedules"
  }

  variables {
    schedules = jsondecode(file("../envs/prod/catalog.auto.tfvars.json")).catalog.schedules
    queues    = { for key in keys(jsondecode(file("../envs/prod/catalog.auto.tfvars.json")).catalog.queues) : key => "arn:aws:sqs:eu-central-1:222222222222:velox-test-${key}" }
  }

  assert {
    condition     = alltrue([for key, document in data.aws_iam_policy_document.send : document.statement[0].resources == toset(["arn:aws:sqs:eu-central-1:222222222222:velox-test-${key}"]) && document.statement[0].actions == toset(["sqs:SendMessage"])])
    error_message = "Each schedule's role sends to one queue and can do nothing else with it."
  }

  assert {
    condition     = alltrue([for schedule in aws_scheduler_schedule.this : strcontains(schedule.target[0].input, "<aws.scheduler.scheduled-time>")])
    error_message = "The message says for which time it is, and the mark is written as EventBridge Scheduler looks for it."
  }
}
