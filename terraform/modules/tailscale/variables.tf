variable "name" {
  description = "Name of the router, in the tailnet as well."
  type        = string
}

variable "vpc_id" {
  description = "The VPC that it leads into."
  type        = string
}

variable "cidr" {
  description = "The VPC's IPv4 range, which it announces."
  type        = string
}

variable "subnet_id" {
  description = "A private subnet: it reaches the tailnet through the NAT gateway, and nobody reaches it."
  type        = string
}

variable "key_parameter" {
  description = "Name of the SSM parameter with a tagged auth key of Tailscale."
  type        = string
}

variable "kms_key_arn" {
  description = "Key of the disk and of the parameter."
  type        = string
}
