import unittest

from shop.money import formatted, percent_of


class MoneyTest(unittest.TestCase):
    def test_half_a_cent_is_rounded_up(self):
        self.assertEqual(percent_of(50, 5), 3)

    def test_amounts_are_written_with_two_places(self):
        self.assertEqual(formatted(1205), "12.05")
