locals {
  # A rule group of Amazon's, in front of which hosts, and which of its rules only count.
  managed = {
    common = {
      priority = 20
      group    = "AWSManagedRulesCommonRuleSet"
      hosts    = ["app", "api"]
      # A firewall before a load balancer sees the first 8 KiB of a body. Uploads are longer, and the adapter limits
      # them; elsewhere the rule "large-body" refuses what this one would.
      counted = ["SizeRestrictions_BODY"]
    }
    known-bad-inputs = { priority = 21, group = "AWSManagedRulesKnownBadInputsRuleSet", hosts = ["app", "api"], counted = [] }
    sql-injection    = { priority = 22, group = "AWSManagedRulesSQLiRuleSet", hosts = ["app", "api"], counted = [] }
    bot-control      = { priority = 23, group = "AWSManagedRulesBotControlRuleSet", hosts = ["app"], counted = [] }
  }
  public_hosts = sort(flatten([for hosts in values(var.public_hosts) : tolist(hosts)]))
}

resource "aws_wafv2_ip_set" "office" {
  name               = "${var.name}-office"
  description        = "Who may reach the hosts of staff"
  scope              = "REGIONAL"
  ip_address_version = "IPV4"
  addresses          = var.office_addresses
}

# The names of public hosts, in full: "app.velox.example" and not what ends or begins like it.
resource "aws_wafv2_regex_pattern_set" "public" {
  for_each = merge(var.public_hosts, { all = local.public_hosts })

  name        = "${var.name}-${each.key}-hosts"
  description = "Hosts that everybody may reach"
  scope       = "REGIONAL"

  dynamic "regular_expression" {
    for_each = each.value

    content {
      # A port may follow the name in the header.
      regex_string = "^${replace(regular_expression.value, ".", "\\.")}(:[0-9]+)?$"
    }
  }
}

resource "aws_wafv2_web_acl" "this" {
  # checkov:skip=CKV_AWS_192: the rule group Known Bad Inputs is among local.managed, which the check does not look into
  # checkov:skip=CKV2_AWS_31: aws_wafv2_web_acl_logging_configuration below
  name        = var.name
  description = "Staff hosts for the office alone, known attacks for nobody"
  scope       = "REGIONAL"

  default_action {
    allow {}
  }

  # Fails closed: what is neither app nor api is for the office alone, whatever it is called.
  rule {
    name     = "office-only"
    priority = 0

    action {
      block {}
    }

    statement {
      and_statement {
        statement {
          not_statement {
            statement {
              regex_pattern_set_reference_statement {
                arn = aws_wafv2_regex_pattern_set.public["all"].arn

                field_to_match {
                  single_header {
                    name = "host"
                  }
                }

                text_transformation {
                  priority = 0
                  type     = "LOWERCASE"
                }
              }
            }
          }
        }

        statement {
          not_statement {
            statement {
              ip_set_reference_statement {
                arn = aws_wafv2_ip_set.office.arn
              }
            }
          }
        }
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${var.name}-office-only"
      sampled_requests_enabled   = true
    }
  }

  rule {
    name     = "api-rate"
    priority = 10

    action {
      block {
        custom_response {
          response_code = 429
        }
      }
    }

    statement {
      rate_based_statement {
        limit              = var.api_requests
        aggregate_key_type = "IP"

        scope_down_statement {
          regex_pattern_set_reference_statement {
            arn = aws_wafv2_regex_pattern_set.public["api"].arn

            field_to_match {
              single_header {
                name = "host"
              }
            }

            text_transformation {
              priority = 0
              type     = "LOWERCASE"
            }
          }
        }
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${var.name}-api-rate"
      sampled_requests_enabled   = true
    }
  }

  dynamic "rule" {
    for_each = local.managed

    content {
      name     = rule.key
      priority = rule.value.priority

      override_action {
        none {}
      }

      statement {
        managed_rule_group_statement {
          vendor_name = "AWS"
          name        = rule.value.group

          dynamic "rule_action_override" {
            for_each = rule.value.counted

            content {
              name = rule_action_override.value

              action_to_use {
                count {}
              }
            }
          }

          scope_down_statement {
            regex_pattern_set_reference_statement {
              arn = aws_wafv2_regex_pattern_set.public[length(rule.value.hosts) == 1 ? rule.value.hosts[0] : "all"].arn

              field_to_match {
                single_header {
                  name = "host"
                }
              }

              text_transformation {
                priority = 0
                type     = "LOWERCASE"
              }
            }
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = "${var.name}-${rule.key}"
        sampled_requests_enabled   = true
      }
    }
  }

  # What the counted rule would have refused, but for the paths of uploads.
  rule {
    name     = "large-body"
    priority = 30

    action {
      block {
        custom_response {
          response_code = 413
        }
      }
    }

    statement {
      and_statement {
        statement {
          label_match_statement {
            scope = "LABEL"
            key   = "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"
          }
        }

        dynamic "statement" {
          for_each = var.large_body_paths

          content {
            not_statement {
              statement {
                byte_match_statement {
                  search_string         = statement.value
                  positional_constraint = "EXACTLY"

                  field_to_match {
                    uri_path {}
                  }

                  text_transformation {
                    priority = 0
                    type     = "NONE"
                  }
                }
              }
            }
          }
        }
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${var.name}-large-body"
      sampled_requests_enabled   = true
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = true
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  resource_arn = var.alb_arn
  web_acl_arn  = aws_wafv2_web_acl.this.arn
}

resource "aws_cloudwatch_log_group" "this" {
  # AWS asks for this beginning.
  name              = "aws-waf-logs-${var.name}"
  retention_in_days = 365
  kms_key_id        = var.kms_key_arn
}

resource "aws_wafv2_web_acl_logging_configuration" "this" {
  resource_arn            = aws_wafv2_web_acl.this.arn
  log_destination_configs = [aws_cloudwatch_log_group.this.arn]

  # What was let through is in the load balancer's access log.
  logging_filter {
    default_behavior = "DROP"

    filter {
      behavior    = "KEEP"
      requirement = "MEETS_ANY"

      condition {
        action_condition {
          action = "BLOCK"
        }
      }

      condition {
        action_condition {
          action = "COUNT"
        }
      }
    }
  }

  dynamic "redacted_fields" {
    for_each = toset(["authorization", "cookie"])

    content {
      single_header {
        name = redacted_fields.value
      }
    }
  }
}
