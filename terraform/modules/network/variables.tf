variable "name" {
  description = "Begins the name of everything in this network."
  type        = string
}

variable "cidr" {
  description = "IPv4 range of the VPC: a /16, of which each subnet takes a /20."
  type        = string

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && endswith(var.cidr, "/16")
    error_message = "The range has to be a /16 in CIDR notation."
  }
}

variable "zones" {
  description = "Number of availability zones. A load balancer and a database subnet group ask for two."
  type        = number
  default     = 2

  validation {
    condition     = var.zones >= 2 && var.zones <= 3
    error_message = "Two or three zones."
  }
}

variable "nat_gateway_per_zone" {
  description = "One NAT gateway in each zone, so that a zone's failure takes no other zone off the internet; else one for all."
  type        = bool
  default     = false
}

variable "interface_endpoints" {
  description = <<-EOT
    AWS services that tasks reach without the NAT gateway, such as "ecr.dkr" or "sqs". Each costs some 8 USD a month
    and zone before traffic ("AWS PrivateLink pricing"); from five on the NAT gateway is cheaper.
  EOT
  type        = set(string)
  default     = []
}

variable "kms_key_arn" {
  description = "Key of the flow logs."
  type        = string
}
