# The way of staff into the private subnets: a subnet router, which only opens connections outwards.
data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}

locals {
  parameter_arn = "arn:${data.aws_partition.current.partition}:ssm:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:parameter${var.key_parameter}"
}

# People set the key (docs/deploy.md): the value here never reaches the state, and never changes again.
resource "aws_ssm_parameter" "key" {
  name             = var.key_parameter
  description      = "Auth key of Tailscale: reusable, tagged, without expiry of its nodes"
  type             = "SecureString"
  key_id           = var.kms_key_arn
  value_wo         = "placeholder"
  value_wo_version = 1
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "read_key" {
  statement {
    actions   = ["ssm:GetParameter"]
    resources = [local.parameter_arn]
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "read_key" {
  name   = "read-auth-key"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.read_key.json
}

resource "aws_iam_instance_profile" "this" {
  name = var.name
  role = aws_iam_role.this.name
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-"
  description = "Tailscale router: nothing comes in, everything may go out"
  vpc_id      = var.vpc_id

  lifecycle {
    create_before_destroy = true
  }

  tags = { Name = var.name }
}

resource "aws_vpc_security_group_egress_rule" "all" {
  # checkov:skip=CKV_AWS_382: the tailnet's peers have any address and port
  security_group_id = aws_security_group.this.id
  description       = "To the tailnet and into the VPC"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_instance" "this" {
  # checkov:skip=CKV_AWS_126: nobody looks at a router each minute; a figure in five costs nothing
  ami                    = data.aws_ssm_parameter.image.insecure_value
  instance_type          = "t3.nano"
  subnet_id              = var.subnet_id
  vpc_security_group_ids = [aws_security_group.this.id]
  iam_instance_profile   = aws_iam_instance_profile.this.name
  source_dest_check      = false
  ebs_optimized          = true

  # The key is read at boot, so that it stands neither in the user data nor in the state.
  user_data = templatefile("${path.module}/boot.sh.tftpl", {
    name          = var.name
    cidr          = var.cidr
    region        = data.aws_region.current.name
    key_parameter = var.key_parameter
  })

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 8
    encrypted   = true
    kms_key_id  = var.kms_key_arn
  }

  # A newer image is taken by `terraform apply -replace`, when somebody is there to look.
  lifecycle {
    ignore_changes = [ami]
  }

  tags = { Name = var.name }
}
