variable "prefix" {
  description = "Begins every name."
  type        = string
}

variable "environment" {
  description = "Which environment this is, in which network, and where its listener rules stand."
  type        = object({ name = string, network = string, position = number })

  validation {
    condition     = (var.environment.name == "prod") == (var.environment.network == "prod")
    error_message = "prod is in the network prod, and nothing else is."
  }
}

variable "account" {
  description = "What people decided about the account: terraform/settings.json."
  type        = object({ alarm_email = string })
}

variable "foundation" {
  description = "What the environments of the account share: the output of modules/foundation."
  type = object({
    vpc_id                   = string
    private_subnet_ids       = list(string)
    alb_arn_suffix           = string
    alb_security_group_id    = string
    router_security_group_id = string
    listener_arn             = string
    domains                  = map(string)
    hosts                    = map(object({ label = string, service = string, staff_only = bool }))
    office_addresses         = list(string)
    repositories             = map(object({ url = string, arn = string }))
  })
}

variable "catalog" {
  description = "What the catalogue says: `cargo velox sync`."
  type = object({
    database   = object({ name = string, port = number, max_connections = number })
    ports      = object({ http = number, health = number })
    ready_path = string
    image      = object({ adapter = string, manifest = string })
    services = map(object({
      host                   = optional(string)
      cpu                    = number
      memory_mib             = number
      max_tasks              = number
      stop_timeout_s         = number
      deregistration_delay_s = number
      secrets                = set(string)
      functions              = set(string)
      grants = object({
        tables  = map(set(string))
        indexes = map(set(string))
        bucket  = set(string)
        files   = set(string)
        consume = map(set(string))
        send    = map(set(string))
      })
    }))
    tasks = map(object({ service = string, secrets = set(string) }))
    queues = map(object({
      visibility_timeout_s    = number
      max_receive_count       = number
      dead_letter_retention_s = number
      batch_size              = number
      maximum_concurrency     = number
    }))
    schedules = map(object({ expression = string, input = string }))
    tables = map(object({
      key        = string
      removed_at = string
      index      = optional(object({ name = string, attribute = string }))
      variable   = string
      backed_up  = bool
    }))
    buckets = map(object({ variable = string, kept_days = number }))
    variables = object({
      app_url          = string
      api_url          = string
      environment      = string
      log              = string
      mail_from        = string
      queue_url_prefix = string
      release          = string
    })
  })
}

variable "images" {
  description = "Image of each service, by digest. A service without one has no tasks."
  type        = map(string)

  validation {
    condition     = alltrue([for image in var.images : can(regex("@sha256:[0-9a-f]{64}$", image))])
    error_message = "An image is named by its digest: \"<repository>@sha256:…\"."
  }
}

variable "release" {
  description = "Git SHA of what runs."
  type        = string

  validation {
    condition     = can(regex("^([0-9a-f]{40})?$", var.release))
    error_message = "A git SHA has 40 hexadecimal digits."
  }
}

variable "min_tasks" {
  description = "Tasks of a service that always run."
  type        = number

  validation {
    condition     = var.min_tasks >= 1
    error_message = "At least one."
  }
}

variable "spot" {
  description = "Whether tasks run on Fargate Spot."
  type        = bool
}

variable "architecture" {
  description = "Processor architecture of the images."
  type        = string
  default     = "X86_64"
}

variable "database" {
  description = "Size of the database, whether it has a second zone, and how far back it can be brought."
  type        = object({ instance_class = string, storage_gib = number, multi_az = bool, backup_days = number })
}

variable "deletion_protection" {
  description = "Whether what cannot be made again is protected from being deleted."
  type        = bool
}

variable "log_filter" {
  description = "What functions log, in the syntax of tracing_subscriber::EnvFilter."
  type        = string
  default     = "info"
}

variable "collector" {
  description = "A collector of OpenTelemetry beside each service: its image and configuration. Its token is a secret, TELEMETRY_TOKEN."
  type        = object({ image = string, configuration = string })
  default     = null
}
