variable "name" {
  description = "Name of the instance."
  type        = string
}

variable "database" {
  description = "What the catalogue says: name, port, and the connections that functions may open together."
  type        = object({ name = string, port = number, max_connections = number })
}

variable "instance_class" {
  description = "Size of the instance."
  type        = string

  validation {
    condition     = startswith(var.instance_class, "db.")
    error_message = "An instance class begins with \"db.\"."
  }
}

variable "storage_gib" {
  description = "Disk at the beginning; it grows by itself to five times that."
  type        = number

  validation {
    condition     = var.storage_gib >= 20
    error_message = "gp3 disks begin with 20 GiB."
  }
}

variable "multi_az" {
  description = "Whether a second instance in another zone takes over."
  type        = bool
}

variable "backup_days" {
  description = "For how many days the database can be brought back to any second."
  type        = number

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 35
    error_message = "1 to 35 days."
  }
}

variable "deletion_protection" {
  description = "Whether it is protected from being deleted, and leaves a snapshot when it is."
  type        = bool
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets in two zones."
  type        = list(string)
}

variable "client_security_group_ids" {
  description = "Who may connect: tasks, and the router of staff."
  type        = map(string)
}

variable "kms_key_arn" {
  description = "Key of the disk, the backups and the performance data."
  type        = string
}

variable "topic_arn" {
  description = "Where alarms go."
  type        = string
}
