# What dev and staging share. They find it in an SSM parameter, not in this root's state: whoever deploys dev reads no
# state but dev's.
provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account.account_id]

  default_tags {
    tags = {
      Project   = var.prefix
      Network   = var.network
      ManagedBy = "terraform"
      Root      = "envs/nonprod-network"
    }
  }
}

module "foundation" {
  source = "../../modules/foundation"

  prefix               = var.prefix
  network              = var.network
  cidr                 = "10.20.0.0/16"
  account              = var.account
  edge                 = var.edge
  nat_gateway_per_zone = false
  deletion_protection  = false
}

resource "aws_ssm_parameter" "foundation" {
  # checkov:skip=CKV2_AWS_34: names and ids of resources, nothing secret
  # checkov:skip=CKV_AWS_337: names and ids of resources, nothing secret
  name           = "/${var.prefix}/${var.network}/foundation"
  description    = "What the environments of the network have to know of it"
  type           = "String"
  insecure_value = jsonencode(module.foundation.foundation)
}
