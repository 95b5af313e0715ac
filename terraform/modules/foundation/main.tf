# What the environments of one account share: the network, the load balancer with its firewall, the registry, the way
# of staff into it, and the alarm about its cost.
locals {
  name = "${var.prefix}-${var.network}"
  # Where an environment's hosts are: prod has the account's domain to itself.
  domains = {
    for environment in var.edge.environments :
    environment => environment == var.network ? var.account.domain : "${environment}.${var.account.domain}"
  }
  public_hosts = {
    for key, host in var.edge.hosts :
    key => toset([for domain in values(local.domains) : "${host.label}.${domain}"]) if !host.staff_only
  }
}

# Made by terraform/bootstrap, which prints the name servers to delegate to.
data "aws_route53_zone" "this" {
  name = var.account.domain
}

module "encryption" {
  source = "../encryption"

  # prod's environment has the shorter name.
  name     = "${local.name}-foundation"
  services = ["delivery.logs.amazonaws.com"]
}

module "network" {
  source = "../network"

  name                 = local.name
  cidr                 = var.cidr
  nat_gateway_per_zone = var.nat_gateway_per_zone
  interface_endpoints  = var.interface_endpoints
  kms_key_arn          = module.encryption.key_arn
}

module "alb" {
  source = "../alb"

  name                = local.name
  vpc_id              = module.network.vpc_id
  cidr                = module.network.cidr
  public_subnet_ids   = module.network.public_subnet_ids
  zone_id             = data.aws_route53_zone.this.zone_id
  domains             = [for environment in var.edge.environments : local.domains[environment]]
  idle_timeout_s      = var.edge.idle_timeout_s
  task_ports          = [var.edge.http_port, var.edge.health_port]
  deletion_protection = var.deletion_protection
}

module "waf" {
  source = "../waf"

  name             = local.name
  alb_arn          = module.alb.arn
  office_addresses = var.account.office_addresses
  public_hosts     = local.public_hosts
  large_body_paths = var.edge.large_body_paths
  kms_key_arn      = module.encryption.key_arn
}

module "ecr" {
  source = "../ecr"

  prefix      = var.prefix
  services    = var.edge.services
  kms_key_arn = module.encryption.key_arn
}

module "tailscale" {
  source = "../tailscale"

  name          = "${local.name}-router"
  vpc_id        = module.network.vpc_id
  cidr          = module.network.cidr
  subnet_id     = module.network.private_subnet_ids[0]
  key_parameter = "/${var.prefix}/${var.network}/tailscale/AUTH_KEY"
  kms_key_arn   = module.encryption.key_arn
}

module "budget" {
  source = "../budget"

  name        = local.name
  monthly_usd = var.account.monthly_budget_usd
  email       = var.account.alarm_email
}

# The hosts' names.
resource "aws_route53_record" "host" {
  for_each = merge([
    for environment, domain in local.domains : {
      for host in var.edge.hosts : "${host.label}.${domain}" => environment
    }
  ]...)

  zone_id = data.aws_route53_zone.this.zone_id
  name    = each.key
  type    = "A"

  alias {
    name                   = module.alb.dns_name
    zone_id                = module.alb.zone_id
    evaluate_target_health = true
  }
}
