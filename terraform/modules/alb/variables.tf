variable "name" {
  description = "Name of the load balancer."
  type        = string
}

variable "vpc_id" {
  description = "Its VPC."
  type        = string
}

variable "public_subnet_ids" {
  description = "Where it is reached from the internet."
  type        = list(string)
}

variable "zone_id" {
  description = "DNS zone in which certificates are proved."
  type        = string
}

variable "domains" {
  description = "Base domains of the environments: each gets a certificate for \"*.<domain>\"."
  type        = list(string)

  validation {
    condition     = length(var.domains) > 0
    error_message = "A load balancer without an environment serves nobody."
  }
}

variable "idle_timeout_s" {
  description = "Seconds after which an idle connection is closed: fewer than the adapter's."
  type        = number
}

variable "task_ports" {
  description = "Ports of the tasks behind it."
  type        = set(number)
}

variable "cidr" {
  description = "IPv4 range of the VPC, where the tasks are."
  type        = string
}

variable "deletion_protection" {
  description = "Whether it is protected from being deleted, with its logs."
  type        = bool
}
