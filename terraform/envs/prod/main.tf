# prod has a network, an account and a state to itself: nothing here names anything of nonprod, and nothing there can.
provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account.account_id]

  default_tags {
    tags = {
      Project     = var.prefix
      Network     = var.environment.network
      Environment = var.environment.name
      ManagedBy   = "terraform"
      Root        = "envs/prod"
    }
  }
}

module "foundation" {
  source = "../../modules/foundation"

  prefix               = var.prefix
  network              = var.network
  cidr                 = "10.10.0.0/16"
  account              = var.account
  edge                 = var.edge
  nat_gateway_per_zone = var.nat_gateway_per_zone
  deletion_protection  = var.protected
}

module "environment" {
  source = "../../modules/environment"

  prefix              = var.prefix
  environment         = var.environment
  account             = var.account
  foundation          = module.foundation.foundation
  catalog             = var.catalog
  images              = var.images
  release             = var.release
  min_tasks           = 2
  spot                = false
  deletion_protection = var.protected

  database = {
    instance_class = "db.t4g.medium"
    storage_gib    = 50
    multi_az       = true
    backup_days    = 30
  }
}
