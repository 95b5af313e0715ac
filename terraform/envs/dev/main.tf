provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account.account_id]

  default_tags {
    tags = {
      Project     = var.prefix
      Network     = var.environment.network
      Environment = var.environment.name
      ManagedBy   = "terraform"
      Root        = "envs/dev"
    }
  }
}

# Written by envs/nonprod-network.
data "aws_ssm_parameter" "foundation" {
  name = "/${var.prefix}/${var.environment.network}/foundation"
}

module "environment" {
  source = "../../modules/environment"

  prefix              = var.prefix
  environment         = var.environment
  account             = var.account
  foundation          = jsondecode(data.aws_ssm_parameter.foundation.insecure_value)
  catalog             = var.catalog
  images              = var.images
  release             = var.release
  min_tasks           = 1
  spot                = true
  deletion_protection = false

  database = {
    instance_class = "db.t4g.micro"
    storage_gib    = 20
    multi_az       = false
    backup_days    = 1
  }
}
