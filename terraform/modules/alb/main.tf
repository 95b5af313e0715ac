resource "aws_security_group" "this" {
  name_prefix = "${var.name}-alb-"
  description = "HTTP and HTTPS from the internet to the load balancer"
  vpc_id      = var.vpc_id

  lifecycle {
    create_before_destroy = true
  }

  tags = { Name = "${var.name}-alb" }
}

resource "aws_vpc_security_group_ingress_rule" "internet" {
  # checkov:skip=CKV_AWS_260: port 80 only answers with a redirection to HTTPS
  for_each = { http = 80, https = 443 }

  security_group_id = aws_security_group.this.id
  description       = "${upper(each.key)} from everybody"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "tasks" {
  for_each = toset([for port in var.task_ports : tostring(port)])

  security_group_id = aws_security_group.this.id
  description       = "To the tasks, on port ${each.key}"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
  cidr_ipv4         = var.cidr
}

resource "aws_lb" "this" {
  # checkov:skip=CKV2_AWS_76: the web ACL of modules/waf has the rule group with Log4j's patterns (Known Bad Inputs)
  # checkov:skip=CKV_AWS_150: protected in prod, by option; elsewhere environments come and go
  # checkov:skip=CKV2_AWS_28: the web ACL is attached in modules/waf
  name                       = var.name
  load_balancer_type         = "application"
  internal                   = false
  subnets                    = var.public_subnet_ids
  security_groups            = [aws_security_group.this.id]
  idle_timeout               = var.idle_timeout_s
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection

  access_logs {
    bucket  = aws_s3_bucket.logs.id
    enabled = true
  }

  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

# Whoever asks for a host that no environment has gets nothing.
resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate_validation.this[var.domains[0]].certificate_arn

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "No such host"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_certificate" "others" {
  for_each = toset(slice(var.domains, 1, length(var.domains)))

  listener_arn    = aws_lb_listener.https.arn
  certificate_arn = aws_acm_certificate_validation.this[each.key].certificate_arn
}
