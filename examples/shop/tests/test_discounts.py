import unittest

from shop.discounts import discount


class DiscountTest(unittest.TestCase):
    def test_a_small_order_pays_in_full(self):
        self.assertEqual(discount(99_99, member=False), 0)

    def test_a_member_pays_five_percent_less(self):
        self.assertEqual(discount(20_00, member=True), 1_00)

    def test_an_order_above_the_limit_pays_ten_percent_less(self):
        self.assertEqual(discount(150_00, member=False), 15_00)

    def test_an_order_of_exactly_the_limit_is_a_large_one(self):
        self.assertEqual(discount(100_00, member=False), 10_00)

    def test_discounts_do_not_add_up(self):
        self.assertEqual(discount(200_00, member=True), 20_00)
