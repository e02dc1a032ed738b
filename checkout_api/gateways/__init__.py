"""Payment providers, one file each, all behind `checkout_api.payments.PaymentGateway`."""
