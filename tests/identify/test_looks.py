"""What is listed though nobody recognises it."""

from __future__ import annotations

import pytest

from credwatch.identify.looks import looks_like_credential, words

RANDOM = "q8Zt3vLw0XyR7bNc5KfM"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", "x"),
        ("CRM_TOKEN", "t0ken"),
        ("dbPassword", "hunter"),
        ("DB_PASSWORD", "123456"),
        ("db.pwd", "correct horse battery"),
        ("APIKEY", "abc"),
        ("STRIPE_KEY", "abc"),
        ("JWT_PRIVATE", "abc"),
        ("BASIC_AUTH", "user:pass"),
        ("SIGNING_SECRET_V2", "abc"),
        ("API_TOKEN", "2f8a6c1e-1111-4222-8333-944455556666"),
        ("VALUE", RANDOM),
        ("VALUE", "0123456789abcdef0123456789abcdef"),
        ("VALUE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("DATABASE_URL", "postgres://app:hunter2@db.example.com:5432/app"),
        ("WEBHOOK_URL", f"https://hooks.example.com/services/{RANDOM}"),
        ("CALLBACK", f"https://a.example.com/?sig={RANDOM}"),
        ("ssh", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn\n"),
        ("KEY_ID", RANDOM),
    ],
)
def test_what_looks_like_a_credential(name: str, value: str) -> None:
    assert looks_like_credential(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("", ""),
        ("PASSWORD", "  "),
        ("LOG_LEVEL", "info"),
        ("PORT", "8080"),
        ("AUTH_ENABLED", "true"),
        ("API_KEY", "none"),
        ("DB_PASSWORD", "${DB_PASS}"),
        ("DB_PASSWORD", "file:/run/secrets/db"),
        ("DB_PASSWORD_FILE", "/run/secrets/db-password-0123456789"),
        ("TLS_KEY", "/etc/tls/private/tls.key"),
        ("TOKEN_TTL", "3600s"),
        ("MAX_TOKENS", "4096"),
        ("AUTH_URL", "https://login.example.com/oauth2/token"),
        ("API_SECRET_URL", "https://user@login.example.com/"),
        ("CERT_URL", "https://www.example.com/x509/tts%40voice-prod-1.iam.example.com"),
        ("JWT_PUBLIC_KEY", "short"),
        ("KEY_ID", "main"),
        ("AUTHOR", "Ana"),
        ("KEYBOARD", "es"),
        ("MONKEY", "george"),
        ("DB_HOST", "voice-1.cluster-abc123xyz.eu-west-1.rds.example.com"),
        ("CONTACT", "platform-oncall-2025a@example.com"),
        ("PROJECT", "2f8a6c1e-1111-4222-8333-944455556666"),
        ("DEPLOYMENT", "voice-agent-production-eu-west-1-blue"),
        ("ROLE", "arn:aws:iam::111122223333:role/credwatch-watch"),
        ("SEPARATOR", "a1" * 20),
        ("SENTENCE", "the 2 quick brown foxes jumped over 10 dogs"),
        ("ACCOUNT", "123456789012345678901"),
    ],
)
def test_what_is_plain_configuration(name: str, value: str) -> None:
    assert not looks_like_credential(name, value)


@pytest.mark.parametrize(
    "name", ["TWILIO_API_KEY_2", "twilioApiKey2", "twilio.api-key.2", "TwilioAPIKey2", "twilio api key 2"]
)
def test_a_name_is_read_in_words(name: str) -> None:
    assert words(name) == ("twilio", "api", "key", "2")
