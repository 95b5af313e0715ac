output "foundation" {
  description = "What an environment has to know of it: the variable `foundation` of modules/environment."
  value = {
    vpc_id                   = module.network.vpc_id
    private_subnet_ids       = module.network.private_subnet_ids
    alb_arn_suffix           = module.alb.arn_suffix
    alb_security_group_id    = module.alb.security_group_id
    router_security_group_id = module.tailscale.security_group_id
    listener_arn             = module.alb.listener_arn
    domains                  = local.domains
    hosts                    = var.edge.hosts
    office_addresses         = tolist(var.account.office_addresses)
    repositories             = module.ecr.repositories
    kms_key_arn              = module.encryption.key_arn
  }
}
