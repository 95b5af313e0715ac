# From what functions do, by the catalogue, to what a role may do, on which resources.
locals {
  grants = {
    for key, service in var.catalog.services : key => merge(
      { for table, actions in service.grants.tables : "Table${title(table)}" => { actions = actions, resources = toset([module.tables.tables[table].arn]) } },
      { for table, actions in service.grants.indexes : "Indexes${title(table)}" => { actions = actions, resources = toset(["${module.tables.tables[table].arn}/index/*"]) } },
      length(service.grants.bucket) == 0 ? {} : {
        Bucket = { actions = service.grants.bucket, resources = toset([for bucket in module.buckets.buckets : bucket.arn]) }
      },
      length(service.grants.files) == 0 ? {} : {
        Files = { actions = service.grants.files, resources = toset([for bucket in module.buckets.buckets : "${bucket.arn}/*"]) }
      },
      length(service.grants.consume) == 0 ? {} : {
        Consume = { actions = toset(flatten([for actions in service.grants.consume : tolist(actions)])), resources = toset([for queue in keys(service.grants.consume) : module.queues.queues[queue].arn]) }
      },
      length(service.grants.send) == 0 ? {} : {
        Send = { actions = toset(flatten([for actions in service.grants.send : tolist(actions)])), resources = toset([for queue in keys(service.grants.send) : module.queues.queues[queue].arn]) }
      },
    )
  }
}
