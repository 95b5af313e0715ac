resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-database-"
  description = "PostgreSQL from tasks and from the router of staff"
  vpc_id      = var.vpc_id

  lifecycle {
    create_before_destroy = true
  }

  tags = { Name = "${var.name}-database" }
}

resource "aws_vpc_security_group_ingress_rule" "client" {
  for_each = var.client_security_group_ids

  security_group_id            = aws_security_group.this.id
  description                  = "PostgreSQL from ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = var.database.port
  to_port                      = var.database.port
  referenced_security_group_id = each.value
}

resource "aws_db_parameter_group" "this" {
  name_prefix = "${var.name}-"
  family      = "postgres17"
  description = "TLS for everybody, and the connections that the catalogue counts on"

  dynamic "parameter" {
    for_each = {
      # Nobody connects without TLS.
      "rds.force_ssl" = { value = "1", apply = "immediate" }
      max_connections = { value = tostring(var.database.max_connections), apply = "pending-reboot" }
      # Slow statements, changes of the schema, and who waits for whom.
      log_min_duration_statement = { value = "500", apply = "immediate" }
      log_statement              = { value = "ddl", apply = "immediate" }
      log_lock_waits             = { value = "1", apply = "immediate" }
      # A transaction that somebody forgot holds locks, and keeps old rows.
      idle_in_transaction_session_timeout = { value = "60000", apply = "immediate" }
    }

    content {
      name         = parameter.key
      value        = parameter.value.value
      apply_method = parameter.value.apply
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

data "aws_iam_policy_document" "monitoring_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  name               = "${var.name}-database-monitoring"
  assume_role_policy = data.aws_iam_policy_document.monitoring_assume.json
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

resource "aws_db_instance" "this" {
  # checkov:skip=CKV_AWS_157: two zones in prod, by option; elsewhere a restore is soon enough
  # checkov:skip=CKV_AWS_293: protected in prod, by option; elsewhere environments come and go
  # checkov:skip=CKV_AWS_161: functions connect with passwords of their own roles, over TLS; tokens of IAM last 15 minutes and pools live longer
  # checkov:skip=CKV2_AWS_69: rds.force_ssl is among the parameters, which the check does not look into
  # checkov:skip=CKV2_AWS_60: tags are copied to snapshots
  identifier = var.name

  engine                      = "postgres"
  engine_version              = "17"
  instance_class              = var.instance_class
  db_name                     = var.database.name
  port                        = var.database.port
  parameter_group_name        = aws_db_parameter_group.this.name
  allow_major_version_upgrade = false
  auto_minor_version_upgrade  = true

  # RDS makes the password, keeps it in Secrets Manager and changes it: it is in no state and nobody has seen it.
  username                      = "postgres"
  manage_master_user_password   = true
  master_user_secret_kms_key_id = var.kms_key_arn

  storage_type          = "gp3"
  allocated_storage     = var.storage_gib
  max_allocated_storage = 5 * var.storage_gib
  storage_encrypted     = true
  kms_key_id            = var.kms_key_arn

  multi_az               = var.multi_az
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this.id]
  publicly_accessible    = false
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  backup_retention_period   = var.backup_days
  backup_window             = "01:00-01:30"
  maintenance_window        = "sun:02:00-sun:03:00"
  copy_tags_to_snapshot     = true
  delete_automated_backups  = !var.deletion_protection
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = !var.deletion_protection
  final_snapshot_identifier = var.deletion_protection ? "${var.name}-final" : null

  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.kms_key_arn
  performance_insights_retention_period = 7
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.monitoring.arn
  enabled_cloudwatch_logs_exports       = ["postgresql", "upgrade"]
}
